/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verifier says and what it means: X(name, part, kernels, reason, help).
 *
 * `part` is what a line of the log holds, `*` in it stands for anything. The first row that fits
 * counts, so special rows stand before general ones; also where two lines in a row fit.
 * Source: kernel/bpf/verifier.c (and btf.c) of Linux 6.1, 6.12 and 6.18; `kernels` says where we
 * saw it when we made a program fail so (tests/unit/runtime_refused_run.c): "6.1+" on all three,
 * "-6.1" only there, "6.12+" not on 6.1; "text" rows are known from the source alone.
 */

/* ---- packets ---- */
X(PACKET_ACCESS, "invalid access to packet", "6.1+",
  "the packet may be shorter than what is used here",
  "take a window first: if (var h = p as *T) { ... }")
X(PACKET_WRITE, "cannot write into packet", "6.1+",
  "this kind of program may only read packets",
  "change the packet in a kind of program that may: xdp or tc")

/* ---- map values and other memory of known size ---- */
X(MAP_VALUE_NULL, "invalid mem access 'map_value_or_null'", "6.1+",
  "the map may have no such entry",
  "test it first: if (var v = m[k]) { ... }")
X(POINTER_NULL, "invalid mem access '*_or_null'", "6.1+", "a pointer that may be null is used",
  "test it first: if (var x = p) { ... }")
X(NULL_PASSED, "ossibly NULL pointer passed", "text", "a pointer that may be null is passed on",
  "test it before the call")
X(NULL_MATH, "null-check it first", "6.1+", "a pointer that may be null is calculated with",
  "test it first")
X(OUTSIDE_MAX, "max value is outside of the", "6.1+",
  "the index may point behind the end of the memory",
  "test it against the size before: if (i < N) { ... }")
X(MAP_VALUE_ACCESS, "invalid access to map value", "6.1+",
  "the access may lie outside of the map's value",
  "check the index against the size of the value before")
X(OUTSIDE_MIN, "min value is outside of the", "text",
  "the index may point outside of the memory", "test the index before")
X(MEMORY_ACCESS, "invalid access to memory", "text",
  "the access may lie outside of the memory that the pointer points to",
  "check the index against the size before")
X(MAP_WRITE, "write into map forbidden", "6.1+", "programs may only read this map",
  "take the flag rdonly_prog away, or write from user code")
X(MAP_READ, "read from map forbidden", "6.1+", "programs may only write this map",
  "take the flag wronly_prog away")
X(NEGATIVE_INDEX, "min value is negative", "6.1+", "the size or index may be negative here",
  "use an unsigned type, or test for >= 0 before")
X(UNBOUNDED, "unbounded memory access", "6.1+", "the size or index has no upper bound here",
  "test it against a constant before: if (n <= N) { ... }")
X(ZERO_SIZE, "invalid zero-size", "6.1+", "the size may be zero here",
  "test for > 0 before")
X(ADDRESS_SCALAR, "invalid mem access 'scalar'", "6.1+", "an integer is used as an address",
  "keep pointers in variables of pointer type, and do not calculate with them as integers")
X(ADDRESS_INV, "invalid mem access 'inv'", "text", "an integer is used as an address",
  "keep pointers in variables of pointer type, and do not calculate with them as integers")
X(ADDRESS_OTHER, "invalid mem access '", "6.1+", "this pointer cannot be read or written through",
  "read what it points to with a helper or kfunc")

/* ---- pointer arithmetic ---- */
X(MATH_UNBOUNDED, "math between * pointer and register with unbounded", "6.1+",
  "a number of unknown size is added to a pointer",
  "test it against a constant before: if (n <= N) { ... }")
X(MATH_NUMBER, "math between * pointer and", "6.1+", "the number added to a pointer is too large",
  "offsets are less than 512 MiB")
X(MATH_BOUNDS, "makes * pointer be out of bounds", "6.1+",
  "the pointer may leave what it points to", "test the number that is added before")
X(STACK_VARIABLE, "variable stack access prohibited", "text",
  "a local array is indexed by a number of unknown size", "test the index before")
X(POINTER_BITS, "bitwise operator * on pointer prohibited", "6.1+",
  "bits of a pointer are changed", "only + and - are possible with pointers")
X(POINTER_OPERATOR, "pointer arithmetic with * operator prohibited", "6.1+",
  "a pointer is multiplied, divided or shifted", "only + and - are possible with pointers")
X(POINTER_POINTER, "pointer * pointer prohibited", "6.1+", "two pointers are added",
  "subtract them, or add a number")
X(POINTER_HALF, "32-bit pointer arithmetic prohibited", "6.1+", "half of a pointer is used",
  "keep pointers in variables of pointer type")
X(POINTER_KIND, "pointer arithmetic on * prohibited", "6.1+",
  "one cannot calculate with a pointer of this kind", "use it as it is")
X(TWO_POINTERS, "same insn cannot be used with different pointers", "6.1+",
  "on one path the pointer points into one kind of memory, on another path into another",
  "write the access once in each branch")

/* ---- the stack ---- */
X(STACK_SUM, "combined stack size", "6.1+",
  "the functions that call each other use more than 512 bytes of stack together",
  "make local variables smaller, or build with --spill")
X(STACK_FRAMES, "frames is too deep", "6.1+", "functions call each other more than 8 deep",
  "call fewer functions in a row")
X(STACK_WRITE, "invalid write to stack", "6.1+", "the stack is written outside of its 512 bytes",
  "make local variables smaller, or build with --spill")
X(STACK_READ, "invalid read from stack", "6.1+",
  "memory of the stack is read outside of its bounds, or before it was written",
  "set the variable before it is read, and check indexes")
X(STACK_INDIRECT_READ, "invalid indirect read from stack", "text",
  "memory of the stack is passed on before it was written",
  "set every byte of the variable, padding too")
X(STACK_INDIRECT, "invalid indirect access to stack", "text",
  "the stack is passed on outside of its bounds", "check the size that is passed")
X(STACK_OTHER, "invalid stack", "text", "the stack is used outside of its 512 bytes",
  "make local variables smaller, or build with --spill")
X(FRAME_POINTER, "frame pointer is read only", "6.1+", "the frame pointer is changed",
  "this is not possible")
X(UNSET, "!read_ok", "6.1+", "a value is used that was never set", "set the variable on every path")

/* ---- contexts, kernel structs ---- */
X(ARGUMENT_MISSING, "doesn't have * argument", "6.1+",
  "the traced function has fewer parameters on this kernel",
  "`ksc list functions NAME` shows them")
X(CONTEXT_ACCESS, "invalid bpf_context access", "6.1+",
  "this kind of program may not use this field of its context so, or this kernel does not have it",
  "`ksc check --kernel=VERSION` says which kernels have a field")
X(CONTEXT_MODIFIED, "dereference of modified ctx ptr", "6.1+",
  "the context is used through a pointer that was moved", "use the context parameter itself")
X(CONTEXT_VARIABLE, "variable ctx access", "6.1+", "the context is indexed by a variable",
  "use its fields by name")
X(STRUCT_BEYOND, "access beyond struct", "6.1+",
  "the struct is smaller on this kernel than where this field is expected",
  "build with --kernel=FILE of this kernel's BTF")
X(STRUCT_BEYOND_END, "access beyond the end of", "text",
  "the array or struct is smaller on this kernel",
  "build with --kernel=FILE of this kernel's BTF")
X(STRUCT_WRITE, "only read is supported", "6.1+", "memory of the kernel is written",
  "fields of kernel structs can only be read; a kfunc may change them")
X(ATOMIC_PLACE, "BPF_ATOMIC stores into", "6.1+", "an atomic operation on memory that has none",
  "use = and + apart: x = x + n")

/* ---- references, locks ---- */
X(REFERENCE, "Unreleased reference", "6.1+", "an object or record is not released on some path",
  "submit or discard the record, drop the object, on every path")
X(NOT_TRUSTED, "must be referenced or trusted", "text",
  "the kfunc wants a pointer that stays valid, and this one may be freed at any time",
  "pass what the program was given, or what a kfunc acquired")
X(NOT_REFERENCED, "must be referenced", "6.1+",
  "what is released here was not acquired, or was released before",
  "release a record or object once, and do not use it afterwards")
X(NOT_ACQUIRED, "reference has not been acquired before", "text",
  "what is released here was not acquired, or was released before",
  "release a record or object once, and do not use it afterwards")
X(LOCK_MISSING, "spin_unlock is missing", "text", "a lock is not given back on some path",
  "leave lock (...) { } at its end")
X(LOCK_CALL, "while holding a lock", "text", "functions are called while a lock is held",
  "call them before or after lock (...) { }")
X(LOCK_CALL_NEW, "bpf_spin_lock-ed region", "text",
  "something in lock (...) { } may not stand there",
  "move it before or behind")
X(DYNPTR, "xpected an initialized dynptr", "6.1+", "a dynptr is used before it was made",
  "make it first with bpf_dynptr_from_...")
X(ITERATOR, "expected an initialized iter_", "6.12+", "an iterator is used before it was made",
  "call its _new function first")

/* ---- calls ---- */
X(HELPER_UNKNOWN, "invalid func", "6.1+", "this kernel has no such helper",
  "`ksc check --kernel=VERSION` says which kernels have a helper")
X(HELPER_KIND, "cannot use helper", "6.12+", "this kind of program may not call this helper",
  "`ksc list helpers` says which kinds may")
X(HELPER_KIND_OLD, "unknown func", "-6.1",
  "this kind of program may not call this helper, or this kernel does not have it",
  "`ksc list helpers` says which kinds may, and since when")
X(HELPER_GPL, "cannot call GPL", "6.1+", "this helper is for programs under the GPL",
  "let the object's license be GPL, as ksc does")
X(KFUNC_GPL, "cannot call kernel function from non-GPL", "6.1+",
  "kernel functions are for programs under the GPL", "let the object's license be GPL, as ksc does")
X(KFUNC_KIND, "calling kernel function * is not allowed", "6.1+",
  "this kind of program may not call this kernel function",
  "`ksc list kfuncs NAME` shows those that programs may call")
X(KFUNC_MISSING, "kernel btf_id * is not a function", "text", "the kernel has no such function",
  "`ksc list kfuncs NAME` shows those of a kernel")
X(MAP_KIND, "cannot pass map_type", "6.1+", "this function does not take maps of this kind",
  "use the operations of the map's kind; `ksc list maps` shows them")
X(ARGUMENT_KIND, "R* type=* expected=", "6.1+",
  "the argument is not of the kind that the function takes",
  "pass what its prototype says")
X(GLOBAL_ARGUMENT, "Caller passes invalid args into", "text",
  "a global helper is called with an argument that it was not verified for",
  "test pointers for null before the call")
X(MAY_SLEEP, "might sleep in a non-sleepable", "text",
  "the function may sleep, the program may not",
  "give the program's attribute the argument \"sleepable\", where its kind can")
X(SLEEPABLE_KIND, "can be sleepable", "6.1+", "programs of this kind cannot sleep",
  "take \"sleepable\" away")

/* ---- control flow, size ---- */
X(TOO_LARGE, "BPF program is too large", "6.1+",
  "the verifier follows more than a million instructions",
  "use fewer branches inside of loops, or split the program with tail calls")
X(TOO_COMPLEX, "jumps is too complex", "6.1+", "the program has too many branches in a row",
  "use fewer branches, or split the program with tail calls")
X(ENDLESS, "infinite loop detected", "6.1+", "the loop makes no progress",
  "let its condition change in every round")
X(BACK_EDGE, "back-edge from insn", "text", "without privilege, and before 5.3, loops are refused",
  "run it as root")
X(RECURSION, "recursive call", "text", "a function calls itself", "use a loop")
X(UNREACHABLE, "unreachable insn", "6.1+", "some instructions can never run",
  "the object was not made by ksc, or is damaged: build it again")
X(JUMP_RANGE, "jump out of range", "6.1+", "a jump leaves its function",
  "the object was not made by ksc, or is damaged: build it again")
X(NO_EXIT, "last insn is not an exit or jmp", "6.1+", "the program does not end",
  "the object was not made by ksc, or is damaged: build it again")
X(OPCODE, "unknown opcode", "6.1+", "this kernel does not know an instruction",
  "build for an older processor: --cpu=v3")
X(RESERVED, "uses reserved fields", "6.1+", "this kernel does not know an instruction",
  "build for an older processor: --cpu=v3")
X(REGISTER, " is invalid", "6.1+", "an instruction names a register that does not exist",
  "the object was not made by ksc, or is damaged: build it again")
X(DIVISION, "div by zero", "6.1+", "a division by a constant zero", "divide by something else")
X(SHIFT, "invalid shift", "6.1+", "a shift by the width of the type or more",
  "shift by less than the width")
X(RESULT_RANGE, "At program exit the register R0", "6.1+",
  "the program's result is outside of what its kind allows",
  "`ksc list kinds` shows the range; test the value before return")
X(MISALIGNED, "misaligned", "6.1+", "the address is not aligned for an access of this size",
  "use u8 fields, or an aligned struct")

/* ---- what the program is attached to ---- */
X(TARGET_ID, "must provide btf_id", "6.1+", "the program does not say what it is attached to",
  "give its attribute the function's name")
X(TARGET_FUNCTION, "is not a function", "text", "the kernel has no such function to attach to",
  "look for it with `ksc list functions NAME`")
X(STRUCT_OPS_MEMBER, "attach to unsupported member", "text",
  "the kernel does not let programs implement this member", "leave it out")
X(MAP_FD, "is not pointing to valid bpf_map", "6.1+", "a map that the program uses does not exist",
  "the object was not made by ksc, or is damaged: build it again")
