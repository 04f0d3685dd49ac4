# SPDX-License-Identifier: BSD-2-Clause
"""The maps of a ksc program whose loader became this Python process by exec().

Each map is an object: m[key], m[key] = value, del m[key], key in m, len(m), m.items(), m.get(key).
Values of struct type have attributes. A map with a copy for each CPU reads as the sum; it is
written for one CPU at a time: m.cpu(0)[key] = value. Queues have push(), pop(), peek().
"""
import ctypes
import os
import platform
import struct
import sys

_LOOKUP, _UPDATE, _DELETE, _NEXT, _TAKE = 1, 2, 3, 4, 21  # enum bpf_cmd of linux/bpf.h
_CALLS = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361}
_libc = ctypes.CDLL(None, use_errno=True)


class Int:
	def __init__(self, size, signed=False, order=sys.byteorder):
		self.size, self.signed, self.order = size, signed, order

	def decode(self, data):
		return int.from_bytes(data, self.order, signed=self.signed)

	def encode(self, value):
		return (int(value) % (1 << 8 * self.size)).to_bytes(self.size, self.order)

	def join(self, values):
		if self.order != sys.byteorder:
			return next((v for v in values if v), 0)
		return self.decode(self.encode_native(sum(values)))

	def encode_native(self, value):
		return (value % (1 << 8 * self.size)).to_bytes(self.size, sys.byteorder)


class Bool:
	size = 1

	def decode(self, data):
		return data[0] != 0

	def encode(self, value):
		return b"\x01" if value else b"\x00"

	def join(self, values):
		return any(values)


class Str:
	"""Text with a NUL, in `size` bytes."""

	def __init__(self, size):
		self.size = size

	def decode(self, data):
		return data.split(b"\0")[0].decode(errors="replace")

	def encode(self, value):
		text = value.encode() if isinstance(value, str) else bytes(value)
		return text[:self.size - 1].ljust(self.size, b"\0")

	def join(self, values):
		return next((v for v in values if v), "")


class Char(Int):
	def __init__(self):
		super().__init__(1)

	def decode(self, data):
		return chr(data[0])

	def encode(self, value):
		return super().encode(ord(value) if isinstance(value, str) else value)

	def join(self, values):
		return next((v for v in values if v != "\0"), "\0")


class Array:
	def __init__(self, elem, count):
		self.elem, self.count, self.size = elem, count, elem.size * count

	def decode(self, data):
		n = self.elem.size
		return [self.elem.decode(data[i * n:(i + 1) * n]) for i in range(self.count)]

	def encode(self, value):
		if isinstance(value, (bytes, bytearray)):
			return bytes(value)[:self.size].ljust(self.size, b"\0")
		parts = b"".join(self.elem.encode(v) for v in list(value)[:self.count])
		return parts.ljust(self.size, b"\0")

	def join(self, values):
		return [self.elem.join(list(column)) for column in zip(*values)]


class Bits:
	"""A bit-field: `width` bits, `shift` bits behind its first byte."""

	def __init__(self, shift, width, signed=False):
		self.shift, self.width, self.signed = shift, width, signed
		self.size = (shift + width + 7) // 8

	def decode(self, data):
		value = int.from_bytes(data, sys.byteorder) >> self.shift & (1 << self.width) - 1
		if self.signed and value >> self.width - 1:
			value -= 1 << self.width
		return value

	def place(self, data, at, value):
		mask = (1 << self.width) - 1
		old = int.from_bytes(data[at:at + self.size], sys.byteorder) & ~(mask << self.shift)
		new = old | (int(value) & mask) << self.shift
		data[at:at + self.size] = new.to_bytes(self.size, sys.byteorder)

	def join(self, values):
		return next((v for v in values if v), 0)


class Record:
	"""A value of struct type."""

	def __init__(self, kind, data, fields):
		self.__dict__.update(fields)
		self._kind, self._data = kind, data

	def __eq__(self, other):
		return isinstance(other, Record) and self._kind.encode(self) == other._kind.encode(other)

	def __hash__(self):
		return hash(self._kind.encode(self))

	def __repr__(self):
		fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._kind.fields)
		return f"{self._kind.name}({fields})"


class Struct:
	"""A struct or union. Called with fields by name it makes a value; others are zero."""

	def __init__(self, name, size, fields, is_union=False):
		self.name, self.size, self.fields, self.is_union = name, size, fields, is_union

	def __call__(self, **given):
		return self.decode(self.encode(given))

	def decode(self, data):
		return Record(self, bytes(data[:self.size]), self._split(data))

	def _split(self, data):
		return {name: kind.decode(data[at:at + kind.size])
			for name, (at, kind) in self.fields.items()}

	def encode(self, value):
		"""The bytes it was read from, with the fields that were changed since."""
		if isinstance(value, Record):
			data, given = bytearray(value._data), vars(value)
		else:
			data, given = bytearray(self.size), value
		for name in given:
			if name not in self.fields and name not in ("_kind", "_data"):
				raise TypeError(f"{self.name} has no field {name}")
		before = self._split(data)
		for name, (at, kind) in self.fields.items():
			if name not in given or given[name] == before[name]:
				continue
			if isinstance(kind, Bits):
				kind.place(data, at, given[name])
			else:
				data[at:at + kind.size] = kind.encode(given[name])
		return bytes(data)

	def join(self, values):
		if self.is_union:
			return next((v for v in values if any(v._data)), values[0])
		return self(**{name: kind.join([getattr(v, name) for v in values])
			       for name, (at, kind) in self.fields.items()})


def _bpf(command, fd, key=None, value=None, flags=0):
	"""0, or the number of the error."""
	attr = struct.pack("=I4xQQQ", fd, ctypes.addressof(key) if key else 0,
			   ctypes.addressof(value) if value else 0, flags)
	buffer = ctypes.create_string_buffer(attr, 128)
	call = _CALLS[platform.machine()]
	return ctypes.get_errno() if _libc.syscall(call, command, buffer, 128) < 0 else 0


def _check(error):
	if error:
		raise OSError(error, os.strerror(error))


def _inherited(name):
	"""The descriptor, the size of the map and its CPUs, as the loader left them."""
	for entry in os.environ.get("KS_MAPS", "").split(","):
		fields = entry.split(":")
		if fields[0] == name:
			return [int(field) for field in fields[1:]]
	raise ImportError(f"map {name} is not there: this module is for scripts that a loader "
			  "becomes by exec()")


class Map:
	def __init__(self, name, key, value, is_array=False):
		self.name, self.key, self.value, self.is_array = name, key, value, is_array
		self.fd, self.max_entries, self.cpus = _inherited(name)
		self.stride = (value.size + 7) // 8 * 8 if self.cpus else value.size
		self.room = self.stride * (self.cpus or 1)

	def _key(self, key):
		return ctypes.create_string_buffer(self.key.encode(key), self.key.size)

	def _read(self, key, command=_LOOKUP):
		"""The bytes of an entry, or None."""
		buffer = ctypes.create_string_buffer(self.room)
		error = _bpf(command, self.fd, key, buffer)
		if error == 2:  # ENOENT
			return None
		_check(error)
		return buffer.raw

	def _decode(self, data):
		if not self.cpus:
			return self.value.decode(data)
		return self.value.join([self.value.decode(data[i * self.stride:][:self.value.size])
					for i in range(self.cpus)])

	def __getitem__(self, key):
		data = self._read(self._key(key))
		if data is None:
			raise KeyError(key)
		return self._decode(data)

	def __setitem__(self, key, value):
		if self.cpus:
			raise TypeError(f"{self.name} has a copy for each CPU: "
					f"{self.name}.cpu(0)[key] = value")
		data = ctypes.create_string_buffer(self.value.encode(value), self.room)
		_check(_bpf(_UPDATE, self.fd, self._key(key), data))

	def __delitem__(self, key):
		error = _bpf(_DELETE, self.fd, self._key(key))
		if error == 2:
			raise KeyError(key)
		_check(error)

	def __contains__(self, key):
		return self._read(self._key(key)) is not None

	def __iter__(self):
		"""The keys as they are now: entries may come and go meanwhile."""
		seen, keys = set(), []
		key, following = None, ctypes.create_string_buffer(self.key.size)
		while not _bpf(_NEXT, self.fd, key, following):
			if following.raw in seen or len(seen) > 2 * self.max_entries:
				break
			seen.add(following.raw)
			keys.append(self.key.decode(following.raw))
			key = ctypes.create_string_buffer(following.raw, self.key.size)
		return iter(keys)

	def __len__(self):
		return self.max_entries if self.is_array else sum(1 for _ in self)

	def get(self, key, default=None):
		data = self._read(self._key(key))
		return default if data is None else self._decode(data)

	def keys(self):
		return list(self)

	def items(self):
		for key in self:
			data = self._read(self._key(key))
			if data is not None:
				yield key, self._decode(data)

	def values(self):
		for _, value in self.items():
			yield value

	def cpu(self, number):
		return _Cpu(self, number)


class _Cpu:
	"""One CPU's copies."""

	def __init__(self, whole, number):
		if not 0 <= number < whole.cpus:
			raise IndexError(f"there is no CPU {number}")
		self.whole, self.at = whole, number * whole.stride

	def __getitem__(self, key):
		data = self.whole._read(self.whole._key(key))
		if data is None:
			raise KeyError(key)
		return self.whole.value.decode(data[self.at:][:self.whole.value.size])

	def __setitem__(self, key, value):
		whole, raw = self.whole, self.whole._key(key)
		data = bytearray(whole._read(raw) or bytes(whole.room))
		data[self.at:self.at + whole.value.size] = whole.value.encode(value)
		_check(_bpf(_UPDATE, whole.fd, raw, ctypes.create_string_buffer(bytes(data))))


class Queue:
	"""A queue or a stack."""

	def __init__(self, name, value):
		self.name, self.value = name, value
		self.fd, self.max_entries, _ = _inherited(name)

	def _take(self, command):
		buffer = ctypes.create_string_buffer(self.value.size)
		error = _bpf(command, self.fd, None, buffer)
		if error == 2:
			return None
		_check(error)
		return self.value.decode(buffer.raw)

	def push(self, value):
		_check(_bpf(_UPDATE, self.fd, None,
			    ctypes.create_string_buffer(self.value.encode(value), self.value.size)))

	def pop(self):
		return self._take(_TAKE)

	def peek(self):
		return self._take(_LOOKUP)


class Other:
	"""A map that is not read by entries: its descriptor."""

	def __init__(self, name):
		self.name = name
		self.fd, self.max_entries, _ = _inherited(name)

	def fileno(self):
		return self.fd
