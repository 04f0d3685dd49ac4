/* SPDX-License-Identifier: Apache-2.0 */
/* Packets by name. Addresses: 02:00:00:00:00:01 > :02, 10.0.0.1 > 10.0.0.2, fd00::1 > fd00::2. */
#include "runner.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ETH "020000000002 020000000001 "
/* version, total length, protocol; the checksum is right for each. */
#define IP4(len, proto, sum) "4500" len "0001 0000 40" proto sum "0a000001 0a000002 "
#define IP6(len, next)                                            \
	"60000000" len next "40 fd000000000000000000000000000001" \
	"fd000000000000000000000000000002 "
#define TCP  "3039 0050 00000001 00000002 5002 2000 0000 0000 "
#define UDP  "3039 0035 000c 0000 "
#define ICMP "0800 f7fd 0001 0001 "

static const struct {
	const char *name, *hex;
} packets[] = {
	{"tcp4", ETH "0800" IP4("0028", "06", "66cd") TCP},
	{"udp4", ETH "0800" IP4("0020", "11", "66ca") UDP "61626364"},
	{"icmp4", ETH "0800" IP4("0020", "01", "66da") ICMP "61626364"},
	{"tcp6", ETH "86dd" IP6("0014", "06") TCP},
	{"udp6", ETH "86dd" IP6("000c", "11") UDP "61626364"},
	{"icmp6", ETH "86dd" IP6("0008", "3a") "8000 0000 0001 0001"},
	{"vlan4", ETH "8100 0064 0800" IP4("0028", "06", "66cd") TCP},
	{"qinq4", ETH "88a8 0064 8100 0065 0800" IP4("0028", "06", "66cd") TCP},
	{"arp", ETH "0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"},
	/* IPv4 with 12 bytes of options, then TCP */
	{"opts4", ETH "0800 4800 0034 0001 0000 4006 0000 0a000001 0a000002"
		      "01 94 04 0000 83 07 04 0a000003 " TCP},
	/* hop-by-hop and destination options before UDP */
	{"ext6",
	 ETH "86dd" IP6("001c", "00") "3c00 0104 00000000 1100 0104 00000000" UDP "61626364"},
};

size_t hex_parse(const char *text, unsigned char *out, size_t max)
{
	size_t len = 0;
	int high = -1;

	for (; *text && len < max; text++) {
		int digit = isdigit((unsigned char)*text)    ? *text - '0'
			    : isxdigit((unsigned char)*text) ? tolower(*text) - 'a' + 10
							     : -1;

		if (digit < 0)
			continue;
		if (high < 0) {
			high = digit;
			continue;
		}
		out[len++] = (unsigned char)(high << 4 | digit);
		high = -1;
	}
	return len;
}

size_t packet_make(const char *spec, unsigned char *out, size_t max)
{
	size_t len = 0;

	if (!strncmp(spec, "hex:", 4))
		return hex_parse(spec + 4, out, max);
	if (!strncmp(spec, "zero:", 5)) {
		len = strtoul(spec + 5, NULL, 0);
		len = len < max ? len : max;
		memset(out, 0, len);
		return len;
	}
	for (unsigned i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		size_t name = strlen(packets[i].name);

		if (strncmp(spec, packets[i].name, name))
			continue;
		len = hex_parse(packets[i].hex, out, max);
		/* `tcp4+1400`: so many zero bytes of payload more; `tcp4-5`: cut. */
		if (spec[name] == '+' || spec[name] == '-') {
			long more = strtol(spec + name, NULL, 10);
			size_t want = (long)len + more > 0 ? (size_t)((long)len + more) : 0;

			want = want < max ? want : max;
			if (want > len)
				memset(out + len, 0, want - len);
			return want;
		}
		if (!spec[name])
			return len;
	}
	return 0;
}
