/* SPDX-License-Identifier: Apache-2.0 */
/* How often each kind of construct occurs in programs: of the syntax tree and of the IR. */
#ifndef KSC_TESTS_DIFF_COVER_H
#define KSC_TESTS_DIFF_COVER_H

#include <stdbool.h>
#include <stdint.h>

struct ast_file;
struct ir_module;

#define COVER_GROUPS 13
#define COVER_KINDS  112

struct cover {
	uint32_t counts[COVER_GROUPS][COVER_KINDS];
};

void cover_tree(struct cover *cover, const struct ast_file *tree);
void cover_ir(struct cover *cover, const struct ir_module *module);
void cover_add(struct cover *sum, const struct cover *more);
/*
 * Prints a table. Returns how many kinds never occurred, without those that programs of bpf and
 * user code that run alone cannot have (errors, kernel memory, modules, attachments).
 */
uint32_t cover_print(const struct cover *cover);

#endif
