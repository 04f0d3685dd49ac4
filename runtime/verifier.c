/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows why the kernel refused a program. */
#include "internal.h"

/* Writes the log to $TMPDIR/<app>-<program>-verifier-XXXXXX.log. */
static void log_keep(const struct ks_prog *prog, const char *log)
{
	const char *folder = getenv("TMPDIR");
	char path[512];
	int fd, len;
	bool ok;

	if (!folder || !*folder)
		folder = "/tmp";
	len = snprintf(path, sizeof(path), "%s/%s-%s-verifier-XXXXXX.log", folder, ks_rt.app->name,
		       prog->name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return;
	fd = mkstemps(path, 4);
	if (fd < 0) {
		detail("note", "the log cannot be kept in %s: %s", folder, strerror(errno));
		return;
	}
	ok = true;
	for (size_t left = strlen(log); left && ok;) {
		ssize_t n = write(fd, log, left);

		ok = n > 0;
		if (ok) {
			log += n;
			left -= (size_t)n;
		}
	}
	close(fd);
	detail("log", "%s%s", path, ok ? "" : " (incomplete: no space)");
}

/* ---- where ---- */

/*
 * Kernels before 6.9 print the source text alone. The object tells the line: of the records of
 * .BTF.ext whose text it is, the last one that is not behind the instruction. Code that was
 * inlined or called stands elsewhere in the numbering, so any record with the text is better
 * than none.
 */
struct line_search {
	const struct btf *btf;
	const struct log_text *text;
	const char *section; /* of the program */
	u64 start, end;	     /* bytes of the program in its section */
	long instruction;
	bool is_exact;
	char *where; /* the result */
	size_t size;
};

static bool same_text(const char *line, const struct log_text *text)
{
	size_t len;

	while (*line == ' ' || *line == '\t')
		line++;
	len = strlen(line);
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	return len == (size_t)text->len && !memcmp(line, text->start, len);
}

static void record_look(struct line_search *search, const char *section,
			const struct bpf_line_info *record)
{
	const char *line = btf__name_by_offset(search->btf, record->line_off);
	const char *file = btf__name_by_offset(search->btf, record->file_name_off);
	bool is_inside = !strcmp(section, search->section) && record->insn_off >= search->start &&
			 record->insn_off < search->end;
	bool is_exact =
		is_inside && (long)((record->insn_off - search->start) / 8) <= search->instruction;

	if (!line || !file || !same_text(line, search->text))
		return;
	if (!is_exact && (search->is_exact || *search->where))
		return;
	search->is_exact = is_exact;
	snprintf(search->where, search->size, "%s:%u", file,
		 BPF_LINE_INFO_LINE_NUM(record->line_col));
}

/* The layout of .BTF.ext: Documentation/bpf/btf.rst, "struct btf_ext_header". */
struct ext_header {
	u16 magic;
	u8 version, flags;
	u32 header_len, func_off, func_len, line_off, line_len;
};

struct ext_section {
	u32 name_off, count;
	unsigned char records[];
};

static void lines_look(struct line_search *search, const unsigned char *ext, size_t size)
{
	const struct ext_header *header = (const struct ext_header *)ext;
	size_t at, end;
	u32 record_size;

	if (size < sizeof(*header) || header->header_len > size ||
	    header->line_off > size - header->header_len ||
	    header->line_len > size - header->header_len - header->line_off ||
	    header->line_len < sizeof(record_size))
		return;
	at = (size_t)header->header_len + header->line_off;
	end = at + header->line_len;
	memcpy(&record_size, ext + at, sizeof(record_size));
	at += sizeof(record_size);
	if (record_size < sizeof(struct bpf_line_info))
		return;
	while (end - at >= sizeof(struct ext_section)) {
		const struct ext_section *section = (const struct ext_section *)(ext + at);
		const char *name = btf__name_by_offset(search->btf, section->name_off);

		at += sizeof(*section);
		if (!name || section->count > (end - at) / record_size)
			return;
		for (u32 i = 0; i < section->count; i++, at += record_size)
			record_look(search, name, (const struct bpf_line_info *)(ext + at));
	}
}

/* "file:line" of a source text; leaves `where` alone when the object does not tell. */
static void where_find(const struct ks_prog *prog, const struct bpf_object *obj,
		       const struct verifier_finding *finding, char *where, size_t size)
{
	char found[300] = "";
	struct line_search search = {.text = &finding->text,
				     .instruction = finding->instruction,
				     .where = found,
				     .size = sizeof(found)};
	const unsigned char *ext;
	size_t ext_size = 0;

	search.btf = bpf_object__btf(obj);
	search.section = bpf_program__section_name(prog->state->bpf);
	ext = elf_section(&ks_rt, ".BTF.ext", &ext_size);
	if (!search.btf || !ext || !elf_function(&ks_rt, prog->name, &search.start, &search.end))
		return;
	lines_look(&search, ext, ext_size);
	if (*found)
		snprintf(where, size, "%s", found);
}

/* ---- the message ---- */

static void source_print(const char *where, const struct log_text *text)
{
	const char *colon = strrchr(where, ':');
	int number_len = colon ? (int)strlen(colon + 1) : 0;

	fprintf(stderr, "  %s | %.*s\n", colon ? colon + 1 : "", text->len, text->start);
	fprintf(stderr, "  %*s | ", number_len, "");
	for (int i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->start[i];

		/* One caret a character: continuation bytes of UTF-8 have no column. */
		if (c == '\t')
			fputc('\t', stderr);
		else if ((c & 0xc0) != 0x80)
			fputc('^', stderr);
	}
	fputc('\n', stderr);
}

/*
 * Why a load failed. Security modules are asked before the verifier, so with a log these two are
 * its judgement, whatever it says.
 */
static void refusal_errno(const char *log, int err)
{
	if (log && *log && (err == -EACCES || err == -EINVAL))
		detail("reason", "the verifier refuses it for what its log says (%s)",
		       errno_name(err));
	else
		explain_errno(OP_LOAD, err);
}

void verifier_explain(struct ks_prog *prog, const struct bpf_object *obj, const char *log, int err)
{
	struct verifier_finding finding;
	char where[300];

	snprintf(where, sizeof(where), "%s", prog->where ? prog->where : ks_rt.app->source);
	if (err == -ENOSPC) {
		/* Kernels before 6.4 stop at a log that does not fit; what it holds is its start.
		 */
		error_at(where, "the kernel cannot load program `%s`", prog->name);
		detail("reason",
		       "the verifier has more to say than %d MiB (ENOSPC); most often "
		       "the program is too large for it",
		       LOG_MIB);
		detail("help", "use fewer branches inside of loops, or split the program with "
			       "tail calls");
		log_keep(prog, log ? log : "");
		return;
	}
	if (!log || !*log || !verifier_read(log, &finding)) {
		error_at(where, "the kernel cannot load program `%s`", prog->name);
		refusal_errno(log, err);
		warnings_print();
		if (log && *log)
			log_keep(prog, log);
		return;
	}
	if (finding.where.start)
		snprintf(where, sizeof(where), "%.*s", finding.where.len, finding.where.start);
	else if (finding.text.start)
		where_find(prog, obj, &finding, where, sizeof(where));
	error_at(where, "the kernel refused program `%s`", prog->name);
	if (finding.text.start)
		source_print(where, &finding.text);
	if (finding.message) {
		detail("reason", "%s", finding.message->reason);
		detail("help", "%s", finding.message->help);
	} else {
		refusal_errno(log, err);
	}
	detail("verifier", "%.*s", finding.line.len, finding.line.start);
	log_keep(prog, log);
}
