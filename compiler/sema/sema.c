/* SPDX-License-Identifier: Apache-2.0 */
/* The passes of the checker, in order. */
#include "sema/sema.h"

#include "sema/decl.h"

/* ---- all programs: the imported ones first, the main program last ---- */

typedef void (*program_fn)(struct sema *sema, struct program *program);

static void each_program(struct sema *sema, struct program *main, program_fn visit)
{
	for (uint32_t i = 0; i <= main->modules.len; i++) {
		struct program *program = i < main->modules.len ? main->modules.data[i] : main;

		sema->program = program;
		visit(sema, program);
	}
	sema->program = main;
}

/* ---- declare ---- */

static void resolve_all(struct sema *sema, struct program *program)
{
	vec_foreach (decl, &program->decls)
		sema_resolve(sema, *decl);
}

static bool pass_declare(struct sema *sema)
{
	struct program *main = sema->program;

	each_program(sema, main, resolve_all);
	vec_foreach (module, &main->modules) {
		sema->program = *module;
		decl_check_all(sema, *module, main->args);
	}
	sema->program = main;
	decl_check_all(sema, main, main->args);
	return true;
}

/* ---- bodies and flow: function by function ---- */

typedef void (*fn_fn)(struct sema *sema, struct decl *fn);

static void check_body(struct sema *sema, struct decl *fn)
{
	uint32_t errors = diag_error_count(sema->comp);

	sema_body(sema, fn);
	fn->fn.had_errors |= diag_error_count(sema->comp) != errors;
}

static void check_flow(struct sema *sema, struct decl *fn)
{
	if (!fn->fn.had_errors)
		sema_flow(sema, fn);
}

static void visit_fn(struct sema *sema, struct decl *fn, fn_fn visit)
{
	if (!fn->fn.body)
		return;
	sema->fn = fn;
	visit(sema, fn);
	sema->fn = NULL;
}

/* Functions of impls stand in them, not among the declarations. */
static void each_fn(struct sema *sema, const struct program *program, fn_fn visit)
{
	vec_foreach (it, &program->decls) {
		struct decl *decl = *it;

		if (decl->kind == DECL_FN)
			visit_fn(sema, decl, visit);
		if (decl->kind != DECL_IMPL || !decl->impl.type)
			continue;
		vec_foreach (member, &decl->impl.members) {
			if (member->fn)
				visit_fn(sema, member->fn, visit);
		}
	}
}

static void bodies_of(struct sema *sema, struct program *program)
{
	each_fn(sema, program, check_body);
}

static void flow_of(struct sema *sema, struct program *program)
{
	each_fn(sema, program, check_flow);
}

static bool pass_bodies(struct sema *sema)
{
	struct program *main = sema->program;

	each_program(sema, main, bodies_of);
	/* Calls have given them functions. */
	vec_foreach (module, &main->modules) {
		sema->program = *module;
		if ((*module)->python)
			bodies_of(sema, *module);
	}
	sema->program = main;
	sema_regions_finish(sema);
	return true;
}

/* The rules of the whole program need every body; what flow reports does not hinder them. */
static bool pass_flow(struct sema *sema)
{
	bool complete = !diag_error_count(sema->comp);

	each_program(sema, sema->program, flow_of);
	sema_report_narrowings(sema);
	if (complete)
		sema_program(sema);
	return true;
}

/* ---- the rest ---- */

static bool pass_collect(struct sema *sema)
{
	return sema_collect(sema, sema->program);
}

/* A pass that returns false is the last one: what follows could only guess. */
static const struct {
	const char *name;
	bool (*run)(struct sema *sema);
} passes[] = {
	{"collect names", pass_collect},
	{"declarations", pass_declare},
	{"bodies", pass_bodies},
	{"flow and program", pass_flow},
};

struct program *sema_check(struct compilation *comp, struct ast_file *file)
{
	struct program *program = arena_new(&comp->arena, struct program);
	struct sema sema = {.comp = comp, .program = program, .main = program};
	const char *outer_pass = comp->pass;

	program->comp = comp;
	program->file = file;
	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
		comp->pass = passes[i].name;
		if (!passes[i].run(&sema))
			break;
	}
	comp->pass = outer_pass;
	return program;
}
