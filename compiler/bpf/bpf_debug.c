/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug information, from which LLVM makes the object's BTF: functions, variables, lines with
 * their source text. The types are in bpf_debug_type.c.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

#define DWARF_VERSION 5
#define COLUMN_MAX    65535 /* LLVM keeps 16 bits */

/*
 * A metadata node that LLVM-C has no constructor for, from its text, which defines !0. Nodes
 * belong to the context, so the module that is parsed can go again.
 */
LLVMMetadataRef bpfgen_debug_node(struct bpfgen *gen, const struct strbuf *body)
{
	struct strbuf text = {0};
	LLVMMemoryBufferRef buffer;
	LLVMMetadataRef node;
	LLVMModuleRef module;
	LLVMValueRef value;
	char *error = NULL;

	strbuf_puts(&text, "!ksc.node = !{!0}\n");
	strbuf_append(&text, body->data, body->len);
	buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(text.data, text.len, "node");
	strbuf_free(&text);
	/* Takes the buffer, also when it fails. */
	if (LLVMParseIRInContext(gen->context, buffer, &module, &error))
		internal_error(gen->comp, gen->span, "a node cannot be parsed: %s", error);
	LLVMGetNamedMetadataOperands(module, "ksc.node", &value);
	node = LLVMValueAsMetadata(value);
	LLVMDisposeModule(module);
	return node;
}

static void put_escaped(struct strbuf *out, const char *text, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 32 && c <= 126 && c != '"' && c != '\\') {
			strbuf_putc(out, (char)c);
			continue;
		}
		strbuf_putc(out, '\\');
		strbuf_putc(out, digits[c >> 4]);
		strbuf_putc(out, digits[c & 15]);
	}
}

/* The text is part of the node: the kernel's messages show source lines wherever they appear. */
LLVMMetadataRef bpfgen_debug_file(struct bpfgen *gen, uint32_t file)
{
	const struct source_vec *files = &gen->comp->sources.files;
	const struct source *source;
	struct strbuf text = {0};

	if (file >= files->len)
		file = gen->ir->file;
	if (gen->debug.files[file])
		return gen->debug.files[file];
	source = files->data[file];
	strbuf_puts(&text, "!0 = !DIFile(filename: \"");
	put_escaped(&text, source->name, strlen(source->name));
	strbuf_puts(&text, "\", directory: \"\", source: \"");
	put_escaped(&text, source->text, source->len);
	strbuf_puts(&text, "\")\n");
	gen->debug.files[file] = bpfgen_debug_node(gen, &text);
	strbuf_free(&text);
	return gen->debug.files[file];
}

/* ---- tags ---- */

#if LLVM_VERSION_MAJOR < 17
LLVMMetadataRef bpfgen_debug_tagged_pointer(struct bpfgen *gen, LLVMMetadataRef target,
					    const char *tag)
{
	bpfgen_unsupported(gen, gen->span, "a tagged pointer, which needs LLVM 17,");
	return bpfgen_debug_pointer(gen, target);
}
#else
static LLVMMetadataRef string_node(struct bpfgen *gen, const char *text)
{
	return LLVMMDStringInContext2(gen->context, text, strlen(text));
}

/* !{!{!"btf_type_tag", !"tag"}} */
static LLVMMetadataRef annotation(struct bpfgen *gen, const char *tag)
{
	LLVMMetadataRef parts[] = {string_node(gen, "btf_type_tag"), string_node(gen, tag)};
	LLVMMetadataRef one = LLVMMDNodeInContext2(gen->context, parts, 2);

	return LLVMMDNodeInContext2(gen->context, &one, 1);
}

/* Which operand of the node is `part`; the order differs between versions of LLVM. */
static unsigned operand_of(struct bpfgen *gen, LLVMMetadataRef node, LLVMMetadataRef part)
{
	LLVMValueRef value = LLVMMetadataAsValue(gen->context, node);
	unsigned count = LLVMGetMDNodeNumOperands(value);
	LLVMValueRef *operands = arena_array(&gen->comp->arena, LLVMValueRef, count);

	LLVMGetMDNodeOperands(value, operands);
	for (unsigned i = 0; i < count; i++) {
		if (operands[i] && LLVMValueAsMetadata(operands[i]) == part)
			return i;
	}
	internal_error(gen->comp, gen->span, "this LLVM has no annotations on types");
}

/*
 * LLVM-C cannot annotate, but it can replace operands. Equal nodes are one node: so the pointer is
 * made with a name that no other has, annotated, and then loses the name.
 */
LLVMMetadataRef bpfgen_debug_tagged_pointer(struct bpfgen *gen, LLVMMetadataRef target,
					    const char *tag)
{
	const char *name = arena_printf(&gen->comp->arena, "ksc.tag.%u", gen->sequence++);
	LLVMMetadataRef pointer = LLVMDIBuilderCreatePointerType(gen->debug.builder, target, 64, 0,
								 0, name, strlen(name));
	LLVMValueRef value = LLVMMetadataAsValue(gen->context, pointer);
	struct strbuf text = {0};
	LLVMMetadataRef probe;

	strbuf_puts(&text, "!0 = !DIDerivedType(tag: DW_TAG_pointer_type, name: \"ksc.probe\", "
			   "baseType: !3, annotations: !1)\n"
			   "!1 = !{!2}\n!2 = !{!\"btf_type_tag\", !\"ksc.probe\"}\n"
			   "!3 = !DIBasicType(name: \"ksc.base\")\n");
	probe = bpfgen_debug_node(gen, &text);
	strbuf_free(&text);
	LLVMReplaceMDNodeOperandWith(value, operand_of(gen, probe, annotation(gen, "ksc.probe")),
				     annotation(gen, tag));
	LLVMReplaceMDNodeOperandWith(value, operand_of(gen, probe, string_node(gen, "ksc.probe")),
				     NULL);
	return pointer;
}
#endif

static void module_flag(struct bpfgen *gen, const char *name, uint32_t value)
{
	LLVMAddModuleFlag(gen->module, LLVMModuleFlagBehaviorWarning, name, strlen(name),
			  LLVMValueAsMetadata(bpfgen_int(gen, gen->i32, value)));
}

void bpfgen_debug_begin(struct bpfgen *gen)
{
	struct bpfgen_debug *debug = &gen->debug;

	module_flag(gen, "Debug Info Version", LLVMDebugMetadataVersion());
	module_flag(gen, "Dwarf Version", DWARF_VERSION);
	debug->builder = LLVMCreateDIBuilder(gen->module);
	debug->files =
		arena_array(&gen->comp->arena, LLVMMetadataRef, gen->comp->sources.files.len);
	ptr_map_init(&debug->types, &gen->comp->arena);
	ptr_map_init(&debug->used, &gen->comp->arena);
	/* LLVM makes BTF only of units with full debug information. */
	debug->unit = LLVMDIBuilderCreateCompileUnit(
		debug->builder, LLVMDWARFSourceLanguageC11, bpfgen_debug_file(gen, gen->ir->file),
		"ksc", 3, true, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0, false, false, "", 0, "",
		0);
}

static uint32_t line_of(struct bpfgen *gen, struct span span, uint32_t *column)
{
	struct source_pos pos;

	*column = 0;
	if (span.file >= gen->comp->sources.files.len)
		return 0;
	pos = source_position(&gen->comp->sources, span.file, span.start);
	*column = pos.column > COLUMN_MAX ? 0 : pos.column;
	return pos.line;
}

LLVMMetadataRef bpfgen_debug_location(struct bpfgen *gen, LLVMMetadataRef scope, struct span span)
{
	uint32_t column, line = line_of(gen, span, &column);

	return LLVMDIBuilderCreateDebugLocation(gen->context, line, column, scope, NULL);
}

void bpfgen_debug_variable(struct bpfgen *gen, LLVMValueRef global, const char *name,
			   struct span span, LLVMMetadataRef type, bool is_static)
{
	LLVMDIBuilderRef builder = gen->debug.builder;
	uint32_t column, line = line_of(gen, span, &column);
	LLVMMetadataRef node = LLVMDIBuilderCreateGlobalVariableExpression(
		builder, gen->debug.unit, name, strlen(name), "", 0,
		bpfgen_debug_file(gen, span.file), line, type, is_static,
		LLVMDIBuilderCreateExpression(builder, NULL, 0), NULL, 0);

	LLVMGlobalSetMetadata(global, LLVMGetMDKindIDInContext(gen->context, "dbg", 3), node);
}

LLVMMetadataRef bpfgen_debug_function(struct bpfgen *gen, const struct bpfgen_proto *proto)
{
	LLVMDIBuilderRef builder = gen->debug.builder;
	LLVMMetadataRef file = bpfgen_debug_file(gen, proto->span.file);
	uint32_t column, line = line_of(gen, proto->span, &column);
	LLVMMetadataRef types[9], type, node;

	types[0] = proto->result;
	memcpy(types + 1, proto->params, proto->count * sizeof(types[0]));
	type = LLVMDIBuilderCreateSubroutineType(builder, file, types, proto->count + 1,
						 LLVMDIFlagZero);
	node = LLVMDIBuilderCreateFunction(builder, file, proto->name, strlen(proto->name), "", 0,
					   file, line, type, proto->is_static, proto->is_definition,
					   line, LLVMDIFlagPrototyped, true);
	/* LLVM 16 finds unresolved nodes in declarations otherwise. */
	if (!proto->is_definition)
		LLVMDIBuilderFinalizeSubprogram(builder, node);
	return node;
}

/* BTF takes the names of parameters from variables; the kernel refuses parameters without. */
void bpfgen_debug_params(struct bpfgen_fn *fn, const struct bpfgen_proto *proto)
{
	LLVMDIBuilderRef builder = fn->gen->debug.builder;
	LLVMMetadataRef file = bpfgen_debug_file(fn->gen, proto->span.file);
	LLVMMetadataRef location = bpfgen_debug_location(fn->gen, fn->scope, proto->span);
	uint32_t column, line = line_of(fn->gen, proto->span, &column);

	for (uint32_t i = 0; i < proto->count; i++) {
		const char *name = proto->names[i];
		LLVMValueRef param = LLVMGetParam(fn->llvm, i);
		LLVMMetadataRef variable = LLVMDIBuilderCreateParameterVariable(
			builder, fn->scope, name, strlen(name), i + 1, file, line, proto->params[i],
			true, LLVMDIFlagZero);

		LLVMSetValueName2(param, name, strlen(name));
		LLVMDIBuilderInsertDbgValueRecordAtEnd(
			builder, param, variable, LLVMDIBuilderCreateExpression(builder, NULL, 0),
			location, LLVMGetEntryBasicBlock(fn->llvm));
	}
}
