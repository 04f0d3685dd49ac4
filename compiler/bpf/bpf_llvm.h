/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of LLVM-C that are used, and what differs between LLVM 16 and 21. */
#ifndef KSC_BPF_LLVM_H
#define KSC_BPF_LLVM_H

#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>

#if LLVM_VERSION_MAJOR < 17
#define LLVMArrayType2(type, count)	 LLVMArrayType((type), (unsigned)(count))
#define LLVMConstArray2(type, elems, count) LLVMConstArray((type), (elems), (unsigned)(count))
#endif

#if LLVM_VERSION_MAJOR < 19
#define LLVMDIBuilderInsertDbgValueRecordAtEnd LLVMDIBuilderInsertDbgValueAtEnd
#define LLVMConstStringInContext2(context, text, len, no_nul) \
	LLVMConstStringInContext((context), (text), (unsigned)(len), (no_nul))
#endif

#endif
