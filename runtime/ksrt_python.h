/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of Python functions, by an interpreter in the loader. Only loaders that import a Python
 * file include this; their compiler needs the headers of Python and their linker its library,
 * which `python3-config --embed` names.
 *
 * The file's text is part of the loader (KS_PYTHON). It is run at the first call of one of its
 * functions; modules that it imports itself are searched beside the loader, then as Python does.
 * The interpreter does not touch signals.
 *
 * A call is a sequence: ks_python_begin(), a function for each argument, then the ks_python_to_*()
 * of the wanted result. That returns 0, or the code to throw when Python raised or the result is
 * of another kind: errno of an OSError, else 1. The reason is printed when nobody catches it.
 */
#ifndef KSRT_PYTHON_H
#define KSRT_PYTHON_H

#if !__has_include(<Python.h>)
#error "Python.h is missing: install python3-dev and compile with python3-config --includes"
#endif
#define PY_SSIZE_T_CLEAN
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <Python.h>
#pragma GCC diagnostic pop

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ksrt.h"

#define KS_PYTHON_FN static KS_UNUSED

/* A Python file inside the executable. */
struct ks_python_module {
	const char *name, *file;
	struct ks_bytes text;
	PyObject *module; /* once it was run */
	struct ks_python_module *next;
};

static struct ks_python_module *ks_python_modules;

/* Makes NAME.py, which stands beside the loader's source, part of the loader. */
#define KS_PYTHON(name_, file_)                                                               \
	KS_EMBED(ks_python_##name_, file_);                                                   \
	__attribute__((constructor)) static void ks_python_add_##name_(void)                  \
	{                                                                                     \
		static struct ks_python_module module = {                                     \
			.name = #name_, .file = file_, .text = KS_OBJECT(ks_python_##name_)}; \
                                                                                              \
		module.next = ks_python_modules;                                              \
		ks_python_modules = &module;                                                  \
	}                                                                                     \
	struct ks_python_module

enum {
	KS_PYTHON_ARGS_MAX = 64
};

/* The call at hand. */
static struct {
	struct ks_python_module *module;
	const char *function;
	PyObject *args[KS_PYTHON_ARGS_MAX];
	u32 count;
	bool failed; /* an argument could not be made: a Python exception is set */
} ks_python_now;

/* ---- the interpreter ---- */

KS_PYTHON_FN void ks_python_end(void)
{
	for (struct ks_python_module *m = ks_python_modules; m; m = m->next)
		Py_CLEAR(m->module);
	Py_FinalizeEx();
}

/* The folder of the executable comes first in sys.path. */
KS_PYTHON_FN void ks_python_path(void)
{
	PyRun_SimpleString(
		"import os, sys\n"
		"sys.path.insert(0, os.path.dirname(os.path.realpath('/proc/self/exe')))\n");
}

KS_PYTHON_FN void ks_python_start(void)
{
	PyConfig config;
	PyStatus status;

	if (Py_IsInitialized())
		return;
	PyConfig_InitPythonConfig(&config);
	config.install_signal_handlers = 0;
	config.buffered_stdio = 0; /* its output and ours in the order that they are made */
	config.parse_argv = 0;
	status = PyConfig_SetString(&config, &config.program_name, L"python3");
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (PyStatus_Exception(status))
		ks_panic(status.err_msg ? status.err_msg : "the Python interpreter does not start",
			 "python");
	ks_python_path();
	atexit(ks_python_end);
}

/* Runs the file as a module. NULL with an exception when it raises. */
KS_PYTHON_FN PyObject *ks_python_run(struct ks_python_module *module)
{
	size_t len = (size_t)(module->text.end - module->text.start);
	char *text = ks_alloc(len + 1, module->file);
	PyObject *code;

	memcpy(text, module->text.start, len);
	code = Py_CompileString(text, module->file, Py_file_input);
	ks_free(text);
	if (!code)
		return NULL;
	module->module = PyImport_ExecCodeModuleEx(module->name, code, module->file);
	Py_DECREF(code);
	return module->module;
}

/* ---- errors ---- */

/* The exception that is set, as an object of our own, and no longer set. NULL when there is none.
 */
KS_PYTHON_FN PyObject *ks_python_raised(void)
{
#if PY_VERSION_HEX >= 0x030c0000
	return PyErr_GetRaisedException();
#else
	PyObject *type, *value, *trace;

	PyErr_Fetch(&type, &value, &trace);
	PyErr_NormalizeException(&type, &value, &trace);
	if (value && trace)
		PyException_SetTraceback(value, trace);
	Py_XDECREF(type);
	Py_XDECREF(trace);
	return value;
#endif
}

/* The lines that Python would print; kept for ks_uncaught(). */
KS_PYTHON_FN void ks_python_keep_text(PyObject *raised)
{
	PyObject *traceback = PyImport_ImportModule("traceback"), *lines = NULL, *empty,
		 *text = NULL;

	if (traceback)
		lines = PyObject_CallMethod(traceback, "format_exception", "O", raised);
	empty = PyUnicode_FromString("");
	if (lines && empty)
		text = PyUnicode_Join(empty, lines);
	if (text && PyUnicode_AsUTF8(text))
		ks_throw_reason(PyUnicode_AsUTF8(text));
	Py_XDECREF(text);
	Py_XDECREF(empty);
	Py_XDECREF(lines);
	Py_XDECREF(traceback);
	PyErr_Clear();
}

/* The code to throw for the exception that is set. */
KS_PYTHON_FN int ks_python_code(void)
{
	PyObject *raised = ks_python_raised(), *number = NULL;
	long code = 0;

	if (raised && PyErr_GivenExceptionMatches(raised, PyExc_OSError))
		number = PyObject_GetAttrString(raised, "errno");
	if (number && PyLong_Check(number))
		code = PyLong_AsLong(number);
	Py_XDECREF(number);
	PyErr_Clear();
	if (raised)
		ks_python_keep_text(raised);
	Py_XDECREF(raised);
	return code > 0 && code < 1 << 30 ? (int)code : 1;
}

/* ---- arguments ---- */

KS_PYTHON_FN void ks_python_begin(const void *module, const void *function)
{
	ks_python_start();
	ks_python_now.module = NULL;
	for (struct ks_python_module *m = ks_python_modules; m; m = m->next) {
		if (!strcmp(m->name, module))
			ks_python_now.module = m;
	}
	ks_python_now.function = function;
	ks_python_now.count = 0;
	ks_python_now.failed = false;
}

/* Takes the reference; NULL: it could not be made. */
KS_PYTHON_FN void ks_python_add(PyObject *value)
{
	if (!value || ks_python_now.count == KS_PYTHON_ARGS_MAX) {
		if (value)
			PyErr_SetString(PyExc_TypeError, "too many arguments");
		ks_python_now.failed = true;
		Py_XDECREF(value);
		return;
	}
	ks_python_now.args[ks_python_now.count++] = value;
}

KS_PYTHON_FN void ks_python_int(i64 value)
{
	ks_python_add(PyLong_FromLongLong(value));
}

KS_PYTHON_FN void ks_python_uint(u64 value)
{
	ks_python_add(PyLong_FromUnsignedLongLong(value));
}

KS_PYTHON_FN void ks_python_bool(bool value)
{
	ks_python_add(PyBool_FromLong(value));
}

KS_PYTHON_FN void ks_python_float(f64 value)
{
	ks_python_add(PyFloat_FromDouble(value));
}

/* Bytes that are no UTF-8 come back as they were from ks_python_to_str(). */
KS_PYTHON_FN void ks_python_str(const void *text)
{
	ks_python_add(PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogateescape"));
}

KS_PYTHON_FN void ks_python_bytes(const void *data, u32 size)
{
	ks_python_add(PyBytes_FromStringAndSize(data, (Py_ssize_t)size));
}

/* An integer of so many bytes in memory. */
KS_PYTHON_FN PyObject *ks_python_element(const unsigned char *at, u32 size, bool is_signed)
{
	u64 bits = 0;

	memcpy(&bits, at, size); /* the machine is little-endian, or size is 8 */
	if (is_signed)
		return PyLong_FromLongLong((i64)(bits << (64 - size * 8)) >> (64 - size * 8));
	return PyLong_FromUnsignedLongLong(bits);
}

KS_PYTHON_FN void ks_python_ints(const void *data, u32 count, u32 size, bool is_signed)
{
	PyObject *list = PyList_New((Py_ssize_t)count);

	for (u32 i = 0; list && i < count; i++) {
		const unsigned char *at = (const unsigned char *)data + (size_t)i * size;
		PyObject *element = ks_python_element(at, size, is_signed);

		if (!element || PyList_SetItem(list, (Py_ssize_t)i, element))
			Py_CLEAR(list);
	}
	ks_python_add(list);
}

/* ---- the call and its result ---- */

/* What the function returned; NULL with an exception set. */
KS_PYTHON_FN PyObject *ks_python_call(void)
{
	struct ks_python_module *module = ks_python_now.module;
	PyObject *function = NULL, *result = NULL;

	fflush(stdout);
	if (!ks_python_now.failed && (module->module || ks_python_run(module)))
		function = PyObject_GetAttrString(module->module, ks_python_now.function);
	if (function)
		result = PyObject_Vectorcall(function, ks_python_now.args, ks_python_now.count,
					     NULL);
	Py_XDECREF(function);
	for (u32 i = 0; i < ks_python_now.count; i++)
		Py_DECREF(ks_python_now.args[i]);
	ks_python_now.count = 0;
	return result;
}

KS_PYTHON_FN bool ks_python_is(PyObject *result, bool right, const char *wanted)
{
	if (result && !right)
		PyErr_Format(PyExc_TypeError, "%s() returned %s where %s is wanted",
			     ks_python_now.function, Py_TYPE(result)->tp_name, wanted);
	return result && right;
}

/* Ends a call: drops what the function returned; the code when an exception is set. */
KS_PYTHON_FN int ks_python_done(PyObject *result)
{
	Py_XDECREF(result);
	return PyErr_Occurred() ? ks_python_code() : 0;
}

KS_PYTHON_FN int ks_python_to_nothing(void)
{
	return ks_python_done(ks_python_call());
}

/* Stores an integer that fits; else an exception is set. */
KS_PYTHON_FN void ks_python_store(PyObject *value, void *to, u32 size, bool is_signed)
{
	u64 bits;
	u32 rest = 64 - size * 8;

	if (!ks_python_is(value, PyLong_Check(value), "int"))
		return;
	bits = is_signed ? (u64)PyLong_AsLongLong(value) : PyLong_AsUnsignedLongLong(value);
	if (PyErr_Occurred())
		return;
	if (is_signed ? (i64)(bits << rest) >> rest != (i64)bits : bits << rest >> rest != bits) {
		PyErr_Format(PyExc_OverflowError, "%s() returned %S, which is no %c%u",
			     ks_python_now.function, value, is_signed ? 'i' : 'u', size * 8);
		return;
	}
	memcpy(to, &bits, size);
}

KS_PYTHON_FN int ks_python_to_int(void *to, u32 size, bool is_signed)
{
	PyObject *result = ks_python_call();

	if (result)
		ks_python_store(result, to, size, is_signed);
	return ks_python_done(result);
}

/* Anything that can be true or not. */
KS_PYTHON_FN int ks_python_to_bool(void *to)
{
	PyObject *result = ks_python_call();
	int truth = result ? PyObject_IsTrue(result) : -1;

	if (truth >= 0)
		*(bool *)to = truth;
	return ks_python_done(result);
}

KS_PYTHON_FN int ks_python_to_float(void *to, u32 size)
{
	PyObject *result = ks_python_call();
	f64 value = result ? PyFloat_AsDouble(result) : 0;

	if (!PyErr_Occurred() && size == sizeof(f32))
		*(f32 *)to = (f32)value;
	else if (!PyErr_Occurred())
		*(f64 *)to = value;
	return ks_python_done(result);
}

/* Text is cut to its place, as everywhere in the language. */
KS_PYTHON_FN int ks_python_to_str(void *to, u32 size)
{
	PyObject *result = ks_python_call(), *bytes = NULL;

	if (ks_python_is(result, result && PyUnicode_Check(result), "str"))
		bytes = PyUnicode_AsEncodedString(result, "utf-8", "surrogateescape");
	if (bytes) {
		size_t len = strnlen(PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));

		memset(to, 0, size);
		memcpy(to, PyBytes_AS_STRING(bytes), len < size ? len : size - 1);
	}
	Py_XDECREF(bytes);
	return ks_python_done(result);
}

/* bytes or bytearray that fit; what is missing is zero. */
KS_PYTHON_FN int ks_python_to_bytes(void *to, u32 size)
{
	PyObject *result = ks_python_call();
	bool right = result && (PyBytes_Check(result) || PyByteArray_Check(result));
	const char *data;
	size_t len;

	if (!ks_python_is(result, right, "bytes"))
		return ks_python_done(result);
	data = PyBytes_Check(result) ? PyBytes_AS_STRING(result) : PyByteArray_AS_STRING(result);
	len = (size_t)Py_SIZE(result);
	memset(to, 0, size);
	if (len <= size)
		memcpy(to, data, len);
	else
		PyErr_Format(PyExc_ValueError, "%s() returned %zu bytes, more than %u",
			     ks_python_now.function, len, size);
	return ks_python_done(result);
}

/* A list or tuple of integers that fit; what is missing is zero. */
KS_PYTHON_FN int ks_python_to_ints(void *to, u32 count, u32 size, bool is_signed)
{
	PyObject *result = ks_python_call(), *list = NULL;
	Py_ssize_t len = 0;

	if (result)
		list = PySequence_Fast(result, "a list of integers is wanted");
	if (list)
		len = PySequence_Fast_GET_SIZE(list);
	if (len > (Py_ssize_t)count)
		PyErr_Format(PyExc_ValueError, "%s() returned %zd elements, more than %u",
			     ks_python_now.function, len, count);
	memset(to, 0, (size_t)count * size);
	for (Py_ssize_t i = 0; i < len && !PyErr_Occurred(); i++)
		ks_python_store(PySequence_Fast_GET_ITEM(list, i),
				(unsigned char *)to + (size_t)i * size, size, is_signed);
	Py_XDECREF(list);
	return ks_python_done(result);
}

#endif
