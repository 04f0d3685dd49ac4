/* SPDX-License-Identifier: BSD-2-Clause */
/* print() and text of values. */
#include "internal.h"

/* The first failure of a write, once it was told. */
static bool output_lost;

static void output_tell(void)
{
	int err = errno;

	if (output_lost)
		return;
	output_lost = true;
	error_at(ks_rt.app->source, "cannot write the output: %s", strerror(err));
}

int output_end(int status)
{
	if (fflush(stdout) || ferror(stdout))
		output_tell();
	return output_lost && !status ? 1 : status;
}

void ks_print(const char *format, ...)
{
	char small[512], *text = small;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(small)) {
		text = ks_alloc((size_t)len + 1, "print");
		va_start(args, format);
		vsnprintf(text, (size_t)len + 1, format, args);
		va_end(args);
	}
	if (fwrite(text, 1, (size_t)len, stdout) < (size_t)len ||
	    ((!len || text[len - 1] != '\n') && putchar('\n') == EOF))
		output_tell();
	if (text != small)
		free(text);
}

char *ks_hex(char *to, u32 size, u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", value);
	return ks_str_copy(to, size, text);
}

char *ks_ip_str(char *to, u32 size, u32 address_be)
{
	unsigned char bytes[4];
	char text[24];

	memcpy(bytes, &address_be, sizeof(bytes));
	snprintf(text, sizeof(text), "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
	return ks_str_copy(to, size, text);
}
