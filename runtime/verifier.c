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
	if (fd < 0)
		return;
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

static void source_print(const struct log_position *position)
{
	const char *colon = NULL;
	int line_len;

	for (int i = 0; i < position->where_len; i++) {
		if (position->where[i] == ':')
			colon = position->where + i + 1;
	}
	line_len = colon ? (int)(position->where + position->where_len - colon) : 0;
	fprintf(stderr, "  %.*s | %.*s\n", line_len, colon ? colon : "", position->text_len,
		position->text);
	fprintf(stderr, "  %*s | ", line_len, "");
	for (int i = 0; i < position->text_len; i++) {
		unsigned char c = (unsigned char)position->text[i];

		/* One caret a character: continuation bytes of UTF-8 have no column. */
		if (c == '\t')
			fputc('\t', stderr);
		else if ((c & 0xc0) != 0x80)
			fputc('^', stderr);
	}
	fputc('\n', stderr);
}

void verifier_explain(struct ks_prog *prog, const char *log, int err)
{
	struct log_position position;
	char where[300];
	const char *reason, *words;
	int len = 0;

	snprintf(where, sizeof(where), "%s", prog->where ? prog->where : ks_rt.app->source);
	if (!log || !*log) {
		error_at(where, "the kernel cannot load program `%s`", prog->name);
		explain_errno(OP_LOAD, err);
		warnings_print();
		return;
	}
	if (verifier_position(log, &position) && position.where)
		snprintf(where, sizeof(where), "%.*s", position.where_len, position.where);
	else
		position.text_len = 0;
	error_at(where, "the kernel refused program `%s`", prog->name);
	if (position.text_len)
		source_print(&position);
	reason = verifier_reason(log, &len);
	words = reason ? verifier_words(reason, len) : NULL;
	if (words)
		detail("reason", "%s", words);
	if (reason)
		detail("verifier", "%.*s", len, reason);
	if (!reason)
		explain_errno(OP_LOAD, err);
	log_keep(prog, log);
}
