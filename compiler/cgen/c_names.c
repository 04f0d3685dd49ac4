/* SPDX-License-Identifier: Apache-2.0 */
/* Names in C, and texts that carry positions. */
#include "cgen/cprint.h"

#include <ctype.h>
#include <string.h>

const char *c_format(struct cgen *cg, const char *fmt, ...)
{
	va_list args;
	const char *text;

	va_start(args, fmt);
	text = arena_vprintf(&cg->comp->arena, fmt, args);
	va_end(args);
	return text;
}

/* int8_t, uint_fast16_t, INT32_MAX, UINTPTR_MAX, ... of stdint.h; not `interface`. */
static bool is_stdint(const char *name)
{
	static const char *const widths[] = {"least", "fast", "LEAST", "FAST",
					     "max",   "ptr",  "MAX",   "PTR"};

	name += *name == 'u' || *name == 'U';
	if (strncmp(name, "int", 3) && strncmp(name, "INT", 3))
		return false;
	name += 3;
	name += *name == '_';
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		if (!strncmp(name, widths[i], strlen(widths[i])))
			return true;
	}
	return isdigit((unsigned char)*name);
}

/* What the headers of a generated file define, and names that belong to the compiler. */
bool c_name_is_reserved(const char *name)
{
	static const char *const prefixes[] = {"ks_",	   "KS_",	  "__",	   "PTRDIFF_",
					       "SIZE_MAX", "SIG_ATOMIC_", "WCHAR", "WINT_"};
	static const char *const names[] = {
		"NULL", "offsetof", "size_t", "ptrdiff_t", "wchar_t", "max_align_t",
		"main", "u8",	    "u16",    "u32",	   "u64",     "i8",
		"i16",	"i32",	    "i64",    "f32",	   "f64",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return is_stdint(name);
}

const char *c_identifier(struct compilation *comp, const char *name)
{
	char *text = arena_printf(&comp->arena, "%s%s",
				  isdigit((unsigned char)*name) || !*name ? "_" : "", name);

	for (char *c = text; *c; c++) {
		if (!isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80)
			*c = '_';
	}
	return type_c_identifier(comp, text);
}

const char *c_name(struct cgen *cg, const void *owner, const char *wanted)
{
	const char *name = ptr_map_get(&cg->names, owner);

	if (name)
		return name;
	name = c_identifier(cg->comp, wanted);
	if (c_name_is_reserved(name))
		name = c_format(cg, "%s_", name);
	name = intern_str(&cg->comp->names, name);
	while (ptr_map_get(&cg->taken, name))
		name = intern_str(&cg->comp->names, c_format(cg, "%s_", name));
	ptr_map_set(&cg->taken, name, (void *)owner);
	ptr_map_set(&cg->names, owner, (void *)name);
	return name;
}

const char *c_tag(struct cgen *cg, const struct type *type, const char *wanted)
{
	const char *tag = ptr_map_get(&cg->tags, type);

	if (tag)
		return tag;
	tag = c_identifier(cg->comp, wanted);
	/* str_16 and ks_ names are the compiler's own. */
	if (!strncmp(tag, "str_", 4) || !strncmp(tag, "ks_", 3))
		tag = c_format(cg, "%s_", tag);
	tag = intern_str(&cg->comp->names, tag);
	while (ptr_map_get(&cg->tags_taken, tag))
		tag = intern_str(&cg->comp->names, c_format(cg, "%s_", tag));
	ptr_map_set(&cg->tags_taken, tag, (void *)type);
	ptr_map_set(&cg->tags, type, (void *)tag);
	return tag;
}

void c_name_reserve(struct cgen *cg, const char *name)
{
	name = intern_str(&cg->comp->names, name);
	ptr_map_set(&cg->taken, name, cg);
}

void c_local_names_reset(struct cgen *cg)
{
	ptr_map_init(&cg->local_names, &cg->comp->arena);
}

const char *c_local_name(struct cgen *cg, const char *wanted)
{
	const char *name = c_identifier(cg->comp, wanted);

	if (c_name_is_reserved(name))
		name = c_format(cg, "%s_", name);
	name = intern_str(&cg->comp->names, name);
	while (ptr_map_get(&cg->taken, name) || ptr_map_get(&cg->local_names, name))
		name = intern_str(&cg->comp->names, c_format(cg, "%s_", name));
	ptr_map_set(&cg->local_names, name, cg);
	return name;
}

static char escape_letter(char c)
{
	static const char letters[] = "\nn\tt\rr\"\"\\\\";

	for (const char *at = letters; *at; at += 2) {
		if (*at == c)
			return at[1];
	}
	return 0;
}

/* Octal escapes, for three digits end one whatever follows. */
const char *c_quoted(struct compilation *comp, const char *text, size_t len)
{
	char *quoted = arena_alloc(&comp->arena, len * 4 + 3), *at = quoted;

	*at++ = '"';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (escape_letter((char)c)) {
			*at++ = '\\';
			*at++ = escape_letter((char)c);
		} else if (c < 0x20 || c == 0x7f) {
			*at++ = '\\';
			*at++ = (char)('0' + (c >> 6));
			*at++ = (char)('0' + (c >> 3 & 7));
			*at++ = (char)('0' + (c & 7));
		} else {
			*at++ = (char)c;
		}
	}
	*at++ = '"';
	return quoted;
}

const char *c_where(struct cgen *cg, struct span span)
{
	const struct source_set *sources = &cg->comp->sources;
	struct source_pos pos;
	const char *text;

	if (span.file >= sources->files.len)
		span = (struct span){.file = cg->module->file};
	if (span.file >= sources->files.len)
		return "NULL";
	pos = source_position(sources, span.file, span.start);
	if (span.file == cg->module->file && !cg->backend->is_kernel)
		return c_format(cg, "KS_AT(%u)", pos.line);
	text = c_format(cg, "%s:%u", pos.source->name, pos.line);
	return c_quoted(cg->comp, text, strlen(text));
}
