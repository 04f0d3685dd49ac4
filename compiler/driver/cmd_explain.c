/* SPDX-License-Identifier: Apache-2.0 */
/* explain: what a diagnostic means. */
#include "driver/driver.h"

#include <string.h>

static enum exit_status unknown_slug(struct driver *driver, const char *slug)
{
	const char *names[DIAG_COUNT], *near;

	for (int i = 0; i < DIAG_COUNT; i++)
		names[i] = diag_slugs[i].slug;
	near = diag_nearest(slug, names, DIAG_COUNT);
	if (near)
		driver_error(driver, "there is no diagnostic `%s`; did you mean `%s`?", slug, near);
	else
		driver_error(driver,
			     "there is no diagnostic `%s`; `ksc list errors` shows them all", slug);
	return EXIT_USAGE;
}

/* "null-deref" of "null-deref", "[null-deref]" or "error[null-deref]:". Arena text. */
static const char *bare_slug(struct driver *driver, const char *word)
{
	const char *open = strchr(word, '['), *start = open ? open + 1 : word;

	return arena_strndup(&driver->arena, start, strcspn(start, "]"));
}

enum exit_status cmd_explain(struct driver *driver)
{
	static const char *const severities[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};
	const char *word = bare_slug(driver, driver->options.operands.data[0]);
	enum diag_slug slug = diag_slug_by_name(word);
	struct strbuf text = {0};
	bool ok;

	if (slug == DIAG_COUNT)
		return unknown_slug(driver, word);
	strbuf_printf(&text, "%s[%s]: %s\n", severities[diag_slugs[slug].severity], word,
		      diag_slugs[slug].text);
	ok = driver_print(driver, &text);
	strbuf_free(&text);
	return ok ? EXIT_DONE : EXIT_ENVIRONMENT;
}
