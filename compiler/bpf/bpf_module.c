/* SPDX-License-Identifier: Apache-2.0 */
/* From an IR module to LLVM, and from there to text or an object. */
#include "bpf/bpf_gen.h"

#include <string.h>

/*
 * The stage before O2 runs BPF's own passes first: they keep compares apart that O2 would merge
 * into a form which the verifier does not understand.
 */
#define PIPELINE "default<O0>,default<O2>"

/* LLVM's fatal errors have no user data: what this thread is compiling. */
static _Thread_local struct bpfgen *compiling;

static void fatal_error(const char *reason)
{
	internal_error(compiling->comp, compiling->span, "the code generator failed: %s", reason);
}

/* ---- errors of the code generator ---- */

/* NAME, or a loop of it: NAME_loop3. */
static bool is_named(const struct bpfgen_callee *callee, const char *name, size_t len)
{
	size_t own = strlen(callee->name);

	return len >= own && !strncmp(callee->name, name, own) &&
	       (len == own || !strncmp(name + own, "_loop", 5));
}

/* The function that a message is about: "x.ks:3:1: in function NAME i32 (ptr): ...". */
static const struct ir_func *func_in(struct bpfgen *gen, const char *message)
{
	static const char mark[] = "in function ";
	const char *name = strstr(message, mark);
	size_t len;

	if (!name)
		return NULL;
	name += sizeof(mark) - 1;
	len = strcspn(name, " $");
	vec_foreach (func, &gen->ir->funcs) {
		const struct bpfgen_callee *callee = ptr_map_get(&gen->callees, *func);

		for (; callee; callee = callee->next) {
			if (is_named(callee, name, len))
				return *func;
		}
	}
	return NULL;
}

static void report_stack(struct bpfgen *gen, const struct ir_func *func)
{
	vec_foreach (known, &gen->over_stack) {
		if (*known == func)
			return;
	}
	vec_push(&gen->comp->arena, &gen->over_stack, (struct ir_func *)func);
	if (func)
		ir_report_stack(gen->comp, func);
	else
		diag_report(gen->comp, DIAG_STACK_LIMIT, gen->span,
			    "a loop's body needs more than the 512 bytes of stack there are");
}

static void on_diagnostic(LLVMDiagnosticInfoRef info, void *user)
{
	struct bpfgen *gen = user;
	char *message;

	if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
		return;
	message = LLVMGetDiagInfoDescription(info);
	if (strstr(message, "stack limit") && bpfgen_spill_more(gen))
		;
	else if (strstr(message, "stack limit"))
		report_stack(gen, func_in(gen, message));
	else if (!gen->error)
		gen->error = arena_strdup(&gen->comp->arena, message);
	LLVMDisposeMessage(message);
}

/* ---- the module ---- */

static void begin(struct bpfgen *gen)
{
	const char *name = gen->comp->sources.files.data[gen->ir->file]->name;
	LLVMTargetDataRef layout;
	LLVMTargetRef target;
	char *error = NULL;

	LLVMInitializeBPFTargetInfo();
	LLVMInitializeBPFTarget();
	LLVMInitializeBPFTargetMC();
	LLVMInitializeBPFAsmPrinter();
	LLVMInitializeBPFAsmParser();
	gen->context = LLVMContextCreate();
	LLVMContextSetDiagnosticHandler(gen->context, on_diagnostic, gen);
	gen->module = LLVMModuleCreateWithNameInContext(name, gen->context);
	if (LLVMGetTargetFromTriple("bpfel", &target, &error))
		internal_error(gen->comp, gen->span, "LLVM was built without BPF: %s", error);
	gen->machine = LLVMCreateTargetMachine(
		target, "bpfel", gen->comp->options.cpu_v4 ? "v4" : "v3", "",
		LLVMCodeGenLevelDefault, LLVMRelocDefault, LLVMCodeModelDefault);
	layout = LLVMCreateTargetDataLayout(gen->machine);
	LLVMSetModuleDataLayout(gen->module, layout);
	LLVMDisposeTargetData(layout);
	LLVMSetTarget(gen->module, "bpfel");
	gen->i1 = LLVMInt1TypeInContext(gen->context);
	gen->i8 = LLVMInt8TypeInContext(gen->context);
	gen->i16 = LLVMInt16TypeInContext(gen->context);
	gen->i32 = LLVMInt32TypeInContext(gen->context);
	gen->i64 = LLVMInt64TypeInContext(gen->context);
	gen->ptr = LLVMPointerTypeInContext(gen->context, 0);
	gen->void_ = LLVMVoidTypeInContext(gen->context);
	ptr_map_init(&gen->kfuncs, &gen->comp->arena);
	ptr_map_init(&gen->called, &gen->comp->arena);
	ptr_map_init(&gen->texts, &gen->comp->arena);
}

static void end(struct bpfgen *gen)
{
	LLVMDisposeDIBuilder(gen->debug.builder);
	LLVMDisposeModule(gen->module);
	LLVMDisposeTargetMachine(gen->machine);
	LLVMContextDispose(gen->context);
}

/* Helpers that are not free for all licenses are everywhere in bpf code. */
static void declare_license(struct bpfgen *gen)
{
	static const char gpl[] = "GPL";
	LLVMValueRef text = LLVMConstStringInContext2(gen->context, gpl, sizeof(gpl) - 1, false);
	const char *name = bpfgen_own_symbol(gen, "_license");
	LLVMValueRef variable = LLVMAddGlobal(gen->module, LLVMTypeOf(text), name);
	const struct type *type =
		type_array(gen->comp, gen->comp->types->char_, (uint32_t)sizeof(gpl));

	LLVMSetInitializer(variable, text);
	LLVMSetAlignment(variable, 1);
	LLVMSetSection(variable, "license");
	bpfgen_debug_variable(gen, variable, name, gen->span, bpfgen_debug_type(gen, type), false);
}

static void write_module(struct bpfgen *gen)
{
	bpfgen_debug_begin(gen);
	bpfgen_debug_collect(gen);
	bpfgen_find_optional(gen);
	declare_license(gen);
	bpfgen_declare_maps(gen);
	bpfgen_declare_usdt(gen);
	bpfgen_declare_globals(gen);
	bpfgen_declare_functions(gen);
	bpfgen_declare_tails(gen);
	bpfgen_declare_impls(gen);
	vec_foreach (func, &gen->ir->funcs) {
		if ((*func)->target == TARGET_BPF)
			bpfgen_functions(gen, *func);
	}
	bpfgen_define_scratch(gen);
	LLVMDIBuilderFinalize(gen->debug.builder);
}

static void verify(struct bpfgen *gen)
{
	char *why = NULL;

	if (LLVMVerifyModule(gen->module, LLVMReturnStatusAction, &why))
		internal_error(gen->comp, gen->span, "the LLVM module is not valid: %s", why);
	LLVMDisposeMessage(why);
}

static void optimise(struct bpfgen *gen)
{
	LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
	LLVMErrorRef error;

	/* BPF has no vectors: they would only be taken apart again. */
	LLVMPassBuilderOptionsSetSLPVectorization(options, false);
	LLVMPassBuilderOptionsSetLoopVectorization(options, false);
	LLVMPassBuilderOptionsSetLoopInterleaving(options, false);
	error = LLVMRunPasses(gen->module, PIPELINE, gen->machine, options);
	LLVMDisposePassBuilderOptions(options);
	if (error)
		internal_error(gen->comp, gen->span, "LLVM's passes failed: %s",
			       LLVMGetErrorMessage(error));
	bpfgen_split_null_tests(gen);
}

/* ---- output ---- */

static void print_module(struct bpfgen *gen, struct strbuf *out)
{
	char *text = LLVMPrintModuleToString(gen->module);

	strbuf_puts(out, text);
	LLVMDisposeMessage(text);
}

static bool generate(struct bpfgen *gen, enum bpf_output what, struct strbuf *out)
{
	LLVMCodeGenFileType type = what == BPF_OUT_ASM ? LLVMAssemblyFile : LLVMObjectFile;
	uint32_t errors = diag_error_count(gen->comp);
	LLVMMemoryBufferRef buffer;
	char *bytes, *why = NULL;
	size_t size;

	if (LLVMTargetMachineEmitToMemoryBuffer(gen->machine, gen->module, type, &why, &buffer))
		internal_error(gen->comp, gen->span, "no code was generated: %s", why);
	/* Success is reported even when there were errors. */
	if (gen->error)
		internal_error(gen->comp, gen->span, "the code generator refused the program: %s",
			       gen->error);
	size = LLVMGetBufferSize(buffer);
	bytes = arena_memdup(&gen->comp->arena, LLVMGetBufferStart(buffer), size);
	LLVMDisposeMemoryBuffer(buffer);
	if (type == LLVMObjectFile)
		bpfgen_restore_names((uint8_t *)bytes);
	if (type == LLVMObjectFile && diag_error_count(gen->comp) == errors)
		bpfgen_check_frames(gen, (const uint8_t *)bytes);
	if (diag_error_count(gen->comp) == errors) {
		if (type == LLVMAssemblyFile)
			strbuf_append(out, bytes, size);
		else if (!bpfgen_object_strip((const uint8_t *)bytes, size, out))
			internal_error(gen->comp, gen->span, "the object is malformed");
	}
	return diag_error_count(gen->comp) == errors;
}

static bool emit(struct bpfgen *gen, enum bpf_output what, struct strbuf *out)
{
	uint32_t errors = diag_error_count(gen->comp);

	write_module(gen);
	if (diag_error_count(gen->comp) != errors)
		return false;
	verify(gen);
	if (what != BPF_OUT_LLVM)
		optimise(gen);
	if (what != BPF_OUT_LLVM && what != BPF_OUT_LLVM_OPT)
		return generate(gen, what, out);
	print_module(gen, out);
	return true;
}

static bool try_emit(struct bpfgen *gen, enum bpf_output what, struct strbuf *out)
{
	bool ok;

	begin(gen);
	ok = emit(gen, what, out);
	end(gen);
	return ok;
}

/*
 * How much has to be spilled shows in an object only: it is made until it fits, and thrown away.
 * LLVM's BPF back end remembers the chains of CO-RE relocations by the names of their types, with
 * pointers into modules that are gone (BPFAbstractMemberAccess::GEPGlobals). So these tries give
 * types names of their own, and the real ones are left to the module that counts.
 */
static bool find_spill(struct compilation *comp, const struct ir_module *module, uint32_t *min)
{
	struct strbuf object = {0};
	bool ok = true;

	for (uint32_t attempt = 1; comp->options.spill; attempt++) {
		struct bpfgen gen = {.comp = comp,
				     .ir = module,
				     .spill_min = *min,
				     .attempt = attempt,
				     .span = {.file = module->file}};

		compiling = &gen;
		ok = try_emit(&gen, BPF_OUT_OBJECT, &object);
		strbuf_clear(&object);
		if (!gen.spill_next)
			break;
		*min = gen.spill_next;
	}
	strbuf_free(&object);
	return ok;
}

bool bpf_emit(struct compilation *comp, const struct ir_module *module, enum bpf_output what,
	      struct strbuf *out)
{
	struct bpfgen gen = {.comp = comp, .ir = module, .span = {.file = module->file}};
	bool ok;

	LLVMInstallFatalErrorHandler(fatal_error);
	ok = find_spill(comp, module, &gen.spill_min);
	compiling = &gen;
	ok = ok && try_emit(&gen, what, out);
	LLVMResetFatalErrorHandler();
	compiling = NULL;
	return ok;
}

bool bpf_needed(const struct ir_module *module)
{
	return ir_needs_object(module);
}
