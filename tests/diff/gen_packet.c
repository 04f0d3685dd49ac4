/* SPDX-License-Identifier: Apache-2.0 */
/* The packet, its context, records of ring buffers. */
#include "gen_state.h"

bool packet_expression(struct gen *gen, enum scalar type)
{
	switch (pick(gen, 6)) {
	case 0:
		emit(gen, "(ctx.len() as %s)", scalar_name(gen, type));
		break;
	case 1:
		emit(gen, "((ctx->data_end - ctx->data) as %s)", scalar_name(gen, type));
		break;
	default:
		emit(gen, "(p[");
		expr_for_index(gen, 60);
		emit(gen, "] as %s)", scalar_name(gen, type));
		break;
	}
	return true;
}

static void offset(struct gen *gen)
{
	if (chance(gen, 40))
		emit(gen, "%u", pick(gen, 70));
	else
		expr_small(gen, chance(gen, 50) ? U32 : U8, 127);
}

/* A scalar of the packet under a name. */
bool window_stmt(struct gen *gen, uint32_t depth)
{
	enum scalar type = chance(gen, 80) ? pick_integer(gen) : (enum scalar)(BE16 + pick(gen, 3));
	uint32_t vars = gen->var_count;
	char name[NAME_MAX_LEN];

	name_make(gen, name, "q");
	emit(gen, "if (var %s = (ctx->data + ", name);
	offset(gen);
	emit(gen, ") as *%s) {", scalar_name(gen, type));
	gen->indent++;
	line(gen);
	if (chance(gen, 60)) {
		emit(gen, "out_%u += (*%s as u64)", gen->number, name);
	} else {
		emit(gen, "*%s %s ", name, type < BOOL && chance(gen, 30) ? "+=" : "=");
		expr_varying(gen, type, 2);
	}
	gen->indent--;
	gen->blocks++;
	statements(gen, 1, depth - 1);
	gen->blocks--;
	block_end(gen, vars);
	return true;
}

static void headers(struct gen *gen)
{
	emit(gen, "if (var eth = ctx->data as *ethhdr%s",
	     chance(gen, 50) ? ", var ip = (eth + 1) as *iphdr) {" : ") {\n");
	if (gen->out->data[gen->out->len - 1] == '\n')
		emit(gen, "if (var ip = (eth + 1) as *iphdr) { out_%u += ip->saddr as u64 }\n",
		     gen->number);
	else
		emit(gen, "out_%u += (ip->ttl as u64) + (ip->ihl as u64) + ip->daddr as u64; ",
		     gen->number);
	if (chance(gen, 50))
		emit(gen, "eth->h_proto = %u; ", pick(gen, 65536));
	emit(gen, "out_%u += eth->h_dest[%u] as u64 + (eth->h_proto == ETH_P_IP ? 1 : 2) }",
	     gen->number, pick(gen, 6));
}

/* Structs in the packet: windows, unchecked pointers, else-bindings. */
bool header_stmt(struct gen *gen, uint32_t depth)
{
	char name[NAME_MAX_LEN];

	if (chance(gen, 50)) {
		headers(gen);
		return true;
	}
	name_make(gen, name, "q");
	emit(gen, "var %s = (ctx->data + ", name);
	offset(gen);
	emit(gen, ") as *Odd");
	if (!gen->blocks && chance(gen, 30)) {
		emit(gen, " else { ");
		leave_now(gen);
		emit(gen, " }");
	}
	line(gen);
	if (chance(gen, 40))
		emit(gen, "%s->b += ", name);
	else
		emit(gen, "out_%u += (%s->a as u64) + (%s->d as u64) + ", gen->number, name, name);
	expr_varying(gen, U32, 1);
	line(gen);
	emit(gen, "%s->c = ", name);
	expr_varying(gen, I16, 2);
	return true;
}

bool poke_stmt(struct gen *gen, uint32_t depth)
{
	if (chance(gen, 20)) {
		emit(gen, "*(p + ");
		offset(gen);
		emit(gen, ") = ");
		expr_scalar(gen, U8, 2);
		return true;
	}
	emit(gen, "p[");
	expr_for_index(gen, 60);
	emit(gen, "] %s ", chance(gen, 30) ? "^=" : "=");
	expr_varying(gen, U8, 2);
	return true;
}

static const struct gmap *ring_pick(struct gen *gen)
{
	for (uint32_t i = 0; i < gen->map_count; i++) {
		if (gen->maps[i].kind == MAP_RING && chance(gen, 70))
			return &gen->maps[i];
	}
	return NULL;
}

bool ring_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *ring = ring_pick(gen);
	struct gvar field = {.by_pointer = true};
	char name[NAME_MAX_LEN];
	struct gstruct *of;

	if (!ring)
		return false;
	if (chance(gen, 30)) {
		emit(gen, "out_%u += %s.output(", gen->number, ring->name);
		expr_value(gen, ring->value, 2);
		emit(gen, ") as u64");
		return true;
	}
	of = struct_of(gen, ring->value);
	name_make(gen, name, "e");
	emit(gen, "if (var %s = %s.reserve()) {", name, ring->name);
	gen->indent++;
	for (uint32_t i = 0; i < of->count; i++) {
		field = of->fields[i];
		if (chance(gen, 25))
			continue;
		line(gen);
		emit(gen, "%s->%s = ", name, field.name);
		gen->at_bits = of->has_bits;
		place_value(gen, field.type, 2);
	}
	line(gen);
	if (chance(gen, 25))
		emit(gen, "if (a %% 2 == 1) { %s.submit(%s) } else { %s.discard(%s) }", ring->name,
		     name, ring->name, name);
	else
		emit(gen, "%s.%s(%s)", ring->name, chance(gen, 85) ? "submit" : "discard", name);
	gen->indent--;
	line(gen);
	emit(gen, "}");
	return true;
}

bool context_stmt(struct gen *gen, uint32_t depth)
{
	const char *field = chance(gen, 40) ? "mark" : chance(gen, 50) ? "priority" : "cb[2]";

	if (!gen->is_tc)
		return false;
	if (chance(gen, 50)) {
		emit(gen, "ctx->%s = ", field);
		expr_varying(gen, U32, 2);
	} else {
		emit(gen, "out_%u += ctx->%s as u64", gen->number, field);
	}
	return true;
}
