/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of runtime_refused_run.c: one function each, which emits instructions. */
#ifndef REFUSED_H
#define REFUSED_H

#include <stddef.h>

#include "run_test.h"

enum {
	CODE_MAX = 12000,
	FIRST_LINE = 100,
};

static struct bpf_insn code[CODE_MAX];
static int len;

static char log_text[1 << 20];

/* ---- instructions ---- */

static void emit(u8 opcode, u8 dst, u8 src, int off, int imm)
{
	code[len++] = (struct bpf_insn){
		.code = opcode, .dst_reg = dst, .src_reg = src, .off = (short)off, .imm = imm};
}

static void op_imm(u8 operation, u8 dst, int imm)
{
	emit(BPF_ALU64 | operation | BPF_K, dst, 0, 0, imm);
}

static void op_reg(u8 operation, u8 dst, u8 src)
{
	emit(BPF_ALU64 | operation | BPF_X, dst, src, 0, 0);
}

static void set(u8 dst, int imm)
{
	op_imm(BPF_MOV, dst, imm);
}

static void copy(u8 dst, u8 src)
{
	op_reg(BPF_MOV, dst, src);
}

static void load(u8 size, u8 dst, u8 src, int off)
{
	emit(BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

static void store(u8 size, u8 dst, int off, int imm)
{
	emit(BPF_ST | BPF_MEM | size, dst, 0, off, imm);
}

static void jump_imm(u8 condition, u8 dst, int imm, int off)
{
	emit(BPF_JMP | condition | BPF_K, dst, 0, off, imm);
}

static void call(int helper)
{
	emit(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void call_function(int distance)
{
	emit(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, distance);
}

static void leave(void)
{
	emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void load_map(u8 dst, int fd)
{
	emit(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd);
	emit(0, 0, 0, 0, 0);
}

/* ---- what programs use ---- */

static int array, hash, ring, read_only, write_only;
static const struct btf *vmlinux;

static void maps_make(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, only_read, .map_flags = BPF_F_RDONLY_PROG);
	LIBBPF_OPTS(bpf_map_create_opts, only_written, .map_flags = BPF_F_WRONLY_PROG);

	array = bpf_map_create(BPF_MAP_TYPE_ARRAY, "array", 4, 8, 4, NULL);
	hash = bpf_map_create(BPF_MAP_TYPE_HASH, "hash", 4, 8, 4, NULL);
	ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 4096, NULL);
	read_only = bpf_map_create(BPF_MAP_TYPE_ARRAY, "read", 4, 8, 4, &only_read);
	write_only = bpf_map_create(BPF_MAP_TYPE_ARRAY, "write", 4, 8, 4, &only_written);
	CHECK(array >= 0 && hash >= 0 && ring >= 0 && read_only >= 0 && write_only >= 0);
	vmlinux = btf__load_vmlinux_btf();
	CHECK(vmlinux != NULL);
}

static int kernel_type(const char *name, u32 kind)
{
	return btf__find_by_name_kind(vmlinux, name, kind);
}

static void call_kernel(const char *name)
{
	emit(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, kernel_type(name, BTF_KIND_FUNC));
}

/* r0 = the value at key 0, not null. The end of the program is two instructions further. */
static void look_up(int map)
{
	store(BPF_W, BPF_REG_10, -4, 0);
	load_map(BPF_REG_1, map);
	copy(BPF_REG_2, BPF_REG_10);
	op_imm(BPF_ADD, BPF_REG_2, -4);
	call(BPF_FUNC_map_lookup_elem);
}

static void look_up_present(int map)
{
	look_up(map);
	jump_imm(BPF_JNE, BPF_REG_0, 0, 1);
	leave();
}

/* r2 = data, with 8 bytes checked. `data`, `data_end`: offsets in the context. */
static void packet_start(int data, int data_end)
{
	load(BPF_W, BPF_REG_2, BPF_REG_1, data);
	load(BPF_W, BPF_REG_3, BPF_REG_1, data_end);
	copy(BPF_REG_4, BPF_REG_2);
	op_imm(BPF_ADD, BPF_REG_4, 8);
	emit(BPF_JMP | BPF_JLE | BPF_X, BPF_REG_4, BPF_REG_3, 2, 0);
	set(BPF_REG_0, 0);
	leave();
}

static void end(void)
{
	set(BPF_REG_0, 0);
	leave();
}

static void task(void)
{
	load(BPF_DW, BPF_REG_1, BPF_REG_1, 8);
}

/* ---- the programs ---- */

#define R0 BPF_REG_0
#define R1 BPF_REG_1
#define R2 BPF_REG_2
#define R3 BPF_REG_3
#define R4 BPF_REG_4
#define R5 BPF_REG_5
#define R6 BPF_REG_6
#define FP BPF_REG_10

static void make_packet_access(void)
{
	load(BPF_W, R2, R1, 0);
	load(BPF_B, R0, R2, 0);
	leave();
}

static void make_packet_write(void)
{
	packet_start(offsetof(struct __sk_buff, data), offsetof(struct __sk_buff, data_end));
	store(BPF_B, R2, 0, 1);
	end();
}

static void make_map_value_null(void)
{
	look_up(hash);
	load(BPF_DW, R0, R0, 0);
	leave();
}

static void make_pointer_null(void)
{
	load_map(R1, ring);
	set(R2, 8);
	set(R3, 0);
	call(BPF_FUNC_ringbuf_reserve);
	store(BPF_B, R0, 0, 0);
	end();
}

static void make_null_math(void)
{
	look_up(hash);
	op_imm(BPF_ADD, R0, 8);
	end();
}

static void make_map_value_access(void)
{
	look_up_present(hash);
	load(BPF_DW, R0, R0, 8);
	leave();
}

static void make_map_write(void)
{
	look_up_present(read_only);
	store(BPF_B, R0, 0, 1);
	end();
}

static void make_map_read(void)
{
	look_up_present(write_only);
	load(BPF_B, R0, R0, 0);
	end();
}

static void make_negative_index(void)
{
	look_up_present(hash);
	load(BPF_DW, R1, R0, 0);
	jump_imm(BPF_JSGT, R1, 3, 3);
	jump_imm(BPF_JSLT, R1, -4, 2);
	op_reg(BPF_ADD, R0, R1);
	load(BPF_B, R0, R0, 0);
	end();
}

static void make_outside_max(void)
{
	look_up_present(hash);
	load(BPF_B, R1, R0, 0);
	op_reg(BPF_ADD, R0, R1);
	load(BPF_B, R0, R0, 0);
	end();
}

static void make_unbounded(void)
{
	look_up_present(hash);
	load(BPF_W, R1, R0, 0);
	op_reg(BPF_ADD, R0, R1);
	load(BPF_B, R0, R0, 0);
	end();
}

static void make_zero_size(void)
{
	store(BPF_DW, FP, -8, 0);
	copy(R1, FP);
	op_imm(BPF_ADD, R1, -8);
	set(R2, 0);
	call(BPF_FUNC_trace_printk);
	end();
}

static void make_address_scalar(void)
{
	set(R2, 5);
	load(BPF_DW, R0, R2, 0);
	leave();
}

static void make_address_other(void)
{
	load(BPF_W, R2, R1, 4);
	load(BPF_B, R0, R2, 0);
	leave();
}

static void make_math_unbounded(void)
{
	call(BPF_FUNC_ktime_get_ns);
	copy(R6, FP);
	op_reg(BPF_ADD, R6, R0);
	end();
}

static void make_math_number(void)
{
	copy(R6, FP);
	op_imm(BPF_ADD, R6, 1 << 30);
	end();
}

static void make_math_bounds(void)
{
	call(BPF_FUNC_ktime_get_ns);
	jump_imm(BPF_JSLT, R0, 1 << 30, 2);
	copy(R6, FP);
	op_reg(BPF_ADD, R6, R0);
	end();
}

static void make_pointer_bits(void)
{
	op_imm(BPF_AND, R1, 7);
	end();
}

static void make_pointer_operator(void)
{
	op_imm(BPF_MUL, R1, 2);
	end();
}

static void make_pointer_pointer(void)
{
	copy(R2, FP);
	op_reg(BPF_ADD, R2, R1);
	end();
}

static void make_pointer_half(void)
{
	emit(BPF_ALU | BPF_ADD | BPF_K, R1, 0, 0, 4);
	end();
}

static void make_pointer_kind(void)
{
	load_map(R1, array);
	op_imm(BPF_ADD, R1, 8);
	end();
}

static void make_two_pointers(void)
{
	copy(R6, R1);
	call(BPF_FUNC_ktime_get_ns);
	store(BPF_DW, FP, -8, 0);
	copy(R2, FP);
	op_imm(BPF_ADD, R2, -8);
	jump_imm(BPF_JEQ, R0, 0, 1);
	copy(R2, R6);
	load(BPF_W, R0, R2, 0);
	end();
}

static void make_stack_sum(void)
{
	store(BPF_DW, FP, -400, 0);
	call_function(1);
	leave();
	store(BPF_DW, FP, -400, 0);
	end();
}

static void make_stack_write(void)
{
	store(BPF_DW, FP, -520, 0);
	end();
}

static void make_stack_read(void)
{
	load(BPF_DW, R0, FP, -520);
	leave();
}

static void make_frame_pointer(void)
{
	set(FP, 0);
	end();
}

static void make_unset(void)
{
	copy(R0, R2);
	leave();
}

static void make_context_access(void)
{
	load(BPF_W, R0, R1, 1000);
	leave();
}

static void make_context_modified(void)
{
	op_imm(BPF_ADD, R1, 4);
	load(BPF_W, R0, R1, 4);
	end();
}

static void make_context_variable(void)
{
	copy(R6, R1);
	call(BPF_FUNC_ktime_get_ns);
	op_imm(BPF_AND, R0, 4);
	op_reg(BPF_ADD, R6, R0);
	load(BPF_W, R0, R6, 0);
	end();
}

static void make_argument_missing(void)
{
	load(BPF_DW, R0, R1, 80);
	end();
}

static void make_struct_beyond(void)
{
	task();
	load(BPF_DW, R0, R1, 30000);
	end();
}

static void make_struct_write(void)
{
	task();
	store(BPF_DW, R1, 0, 0);
	end();
}

static void make_atomic_place(void)
{
	packet_start(0, 4);
	set(R5, 1);
	emit(BPF_STX | BPF_ATOMIC | BPF_DW, R2, R5, 0, BPF_ADD);
	end();
}

static void make_reference(void)
{
	load_map(R1, ring);
	set(R2, 8);
	set(R3, 0);
	call(BPF_FUNC_ringbuf_reserve);
	end();
}

static void make_not_referenced(void)
{
	load(BPF_DW, R1, R1, offsetof(struct __sk_buff, sk));
	jump_imm(BPF_JEQ, R1, 0, 1);
	call(BPF_FUNC_sk_release);
	end();
}

static void make_dynptr(void)
{
	store(BPF_DW, FP, -8, 0);
	copy(R1, FP);
	op_imm(BPF_ADD, R1, -8);
	set(R2, 8);
	copy(R3, FP);
	op_imm(BPF_ADD, R3, -32);
	set(R4, 0);
	set(R5, 0);
	call(BPF_FUNC_dynptr_read);
	end();
}

static void make_iterator(void)
{
	store(BPF_DW, FP, -8, 0);
	copy(R1, FP);
	op_imm(BPF_ADD, R1, -8);
	call_kernel("bpf_iter_num_next");
	end();
}

static void make_helper_unknown(void)
{
	call(9999);
	end();
}

static void make_helper_kind(void)
{
	call(BPF_FUNC_skb_load_bytes);
	end();
}

static void make_helper_kind_old(void)
{
	call(BPF_FUNC_skb_load_bytes);
	end();
}

static void make_helper_gpl(void)
{
	store(BPF_DW, FP, -8, 0);
	copy(R1, FP);
	op_imm(BPF_ADD, R1, -8);
	set(R2, 8);
	call(BPF_FUNC_trace_printk);
	end();
}

static void make_kfunc_gpl(void)
{
	call_kernel("bpf_task_release");
	end();
}

static void make_kfunc_kind(void)
{
	call_kernel("vfs_read");
	end();
}

static void make_map_kind(void)
{
	store(BPF_DW, FP, -8, 0);
	load_map(R1, array);
	copy(R2, FP);
	op_imm(BPF_ADD, R2, -8);
	set(R3, 0);
	call(BPF_FUNC_map_push_elem);
	end();
}

static void make_argument_kind(void)
{
	copy(R2, FP);
	call(BPF_FUNC_map_lookup_elem);
	end();
}

static void make_sleepable_kind(void)
{
	end();
}

static void make_endless(void)
{
	set(R0, 0);
	jump_imm(BPF_JEQ, R0, 0, -1);
	leave();
}

static void make_unreachable(void)
{
	end();
	end();
}

static void make_jump_range(void)
{
	emit(BPF_JMP | BPF_JA, 0, 0, 100, 0);
	end();
}

static void make_no_exit(void)
{
	leave();
	set(R0, 0);
}

static void make_opcode(void)
{
	emit(0xff, 0, 0, 0, 0);
	end();
}

static void make_reserved(void)
{
	emit(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 77, 0);
	end();
}

static void make_register(void)
{
	emit(BPF_ALU64 | BPF_MOV | BPF_K, 12, 0, 0, 0);
	end();
}

static void make_division(void)
{
	set(R0, 1);
	op_imm(BPF_DIV, R0, 0);
	leave();
}

static void make_shift(void)
{
	set(R0, 1);
	op_imm(BPF_LSH, R0, 64);
	leave();
}

static void make_result_range(void)
{
	set(R0, 5);
	leave();
}

static void make_misaligned(void)
{
	store(BPF_W, FP, -7, 0);
	end();
}

static void make_target_id(void)
{
	end();
}

static void make_map_fd(void)
{
	load_map(R1, 9999);
	end();
}

static void make_stack_frames(void)
{
	for (int i = 0; i < 9; i++) {
		call_function(1);
		leave();
	}
	end();
}

static void make_too_large(void)
{
	set(R0, 0);
	op_imm(BPF_ADD, R0, 1);
	jump_imm(BPF_JLT, R0, 2000000, -2);
	leave();
}

static void make_too_complex(void)
{
	call(BPF_FUNC_ktime_get_ns);
	for (int i = 0; i < 10000; i++)
		jump_imm(BPF_JEQ, R0, i, 0);
	end();
}

#endif
