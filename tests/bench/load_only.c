// SPDX-License-Identifier: Apache-2.0
/* The smallest program that opens and loads the object: what a loader's size is compared with. */
#include <bpf/libbpf.h>

#include "ksrt.h"

KS_EMBED(object, "packet_counter.bpf.o");

int main(void)
{
	struct bpf_object *obj = bpf_object__open_mem(
		ks_embed_object, (size_t)(ks_embed_object_end - ks_embed_object), NULL);

	return !obj || bpf_object__load(obj);
}
