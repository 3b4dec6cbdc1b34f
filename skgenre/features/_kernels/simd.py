"""A numba value of eight numbers side by side, one SIMD register or two.

numba compiles ordinary loops to SIMD instructions only where LLVM can prove that no
two arrays overlap, which it cannot for an FFT in place. A value that is eight numbers
wide by its type needs no proof: ``load`` eight, calculate with ``+ - *`` as with one
number, ``store`` eight. LLVM turns it into whatever the processor has (SSE, AVX, NEON).

Functions of such values are decorated with ``step``, or with ``inlined`` where they are
a few lines of another.
"""

import operator
from typing import Any

import numba
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.core.imputils import impl_ret_untracked
from numba.extending import lower_builtin, models, register_model, type_callable
from numba.np.arrayobj import make_array

LANES = 8
# "contract" lets a multiplication and an addition be one instruction. What depends on
# NaN, on signs of zero or on the order of sums stays as written.
OPTIONS: dict[str, Any] = {
    "nogil": True,
    "fastmath": {"contract"},
    "error_model": "numpy",
}
# Python never calls the steps: without wrappers for it they compile faster.
_NO_WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_njit: Any = numba.njit
step = _njit(**OPTIONS, **_NO_WRAPPERS)
inlined = _njit(forceinline=True, **OPTIONS, **_NO_WRAPPERS)
# Any: numba gives its first parameter, the typing context, by itself.
intrinsic: Any = extending.intrinsic
_SQRT_HALF_BITS = 0x3F3504F3  # of sqrt(1/2) as a float32
_MANTISSA_BITS = 23
_HALVES = (range(LANES), range(LANES, 2 * LANES))


class Lanes(types.Type):
    """Numba's type of `LANES` numbers of one float type."""

    def __init__(self, dtype: types.Float):
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, lanes: Lanes):
        number = manager.lookup(lanes.dtype).get_value_type()
        super().__init__(manager, lanes, ir.VectorType(number, LANES))


def _spread(context, builder, value, number, lanes):
    """One number of type `number` in every lane."""
    vector = context.get_value_type(lanes)
    index = ir.IntType(32)
    value = context.cast(builder, value, number, lanes.dtype)
    first = builder.insert_element(
        ir.Constant(vector, ir.Undefined), value, ir.Constant(index, 0)
    )
    return builder.shuffle_vector(
        first, first, ir.Constant(ir.VectorType(index, LANES), [0] * LANES)
    )


def _constant(vector, number):
    return ir.Constant(vector, [number] * LANES)


def _pointer(context, builder, array_type, array, index):
    data = make_array(array_type)(context, builder, array).data
    vector = context.get_value_type(Lanes(array_type.dtype))
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


@intrinsic
def load(typingctx, array, index):
    """Read ``array[index : index + LANES]`` of a contiguous array, unchecked."""
    del typingctx

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args)
        return builder.load(pointer, align=array.dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def store(typingctx, array, index, lanes):
    """Write ``array[index : index + LANES]`` of a contiguous array, unchecked."""
    del typingctx

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args[:2])
        builder.store(args[2], pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate


@intrinsic
def spread(typingctx, number):
    """Put one number into every lane."""
    del typingctx
    lanes = Lanes(number)

    def generate(context, builder, signature, args):
        del signature
        return _spread(context, builder, args[0], number, lanes)

    return lanes(number), generate


@intrinsic
def maximum(typingctx, x, y):
    """Take the larger number lane by lane."""
    del typingctx

    def generate(context, builder, signature, args):
        del context, signature
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return x(x, y), generate


@intrinsic
def minimum(typingctx, x, y):
    """Take the smaller number lane by lane."""
    del typingctx

    def generate(context, builder, signature, args):
        del context, signature
        return builder.select(builder.fcmp_ordered("<", *args), *args)

    return x(x, y), generate


@intrinsic
def is_less(typingctx, x, y):
    """Give 1 where x is less than y, lane by lane, and 0 elsewhere."""
    del typingctx

    def generate(context, builder, signature, args):
        numbers = context.get_value_type(signature.return_type)
        return builder.uitofp(builder.fcmp_ordered("<", *args), numbers)

    return x(x, y), generate


@intrinsic
def any_less(typingctx, x, y):
    """Say whether x is less than y in any lane."""
    del typingctx

    def generate(context, builder, signature, args):
        del context, signature
        bits = ir.IntType(LANES)
        lanes = builder.bitcast(builder.fcmp_ordered("<", *args), bits)
        return builder.icmp_unsigned("!=", lanes, ir.Constant(bits, 0))

    return types.boolean(x, y), generate


@intrinsic
def square_root(typingctx, x):
    """Take the square root lane by lane."""
    del typingctx

    def generate(context, builder, signature, args):
        numbers = context.get_value_type(signature.return_type)
        # llvmlite does not name intrinsics of vectors by itself.
        name = f"llvm.sqrt.v{LANES}{numbers.element.intrinsic_name}"
        root = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(numbers, [numbers]), name
        )
        return builder.call(root, args)

    return x(x), generate


@intrinsic
def to_float32(typingctx, x):
    """Round to float32."""
    del typingctx
    single = Lanes(types.float32)

    def generate(context, builder, signature, args):
        if signature.args[0] == single:
            return args[0]
        return builder.fptrunc(args[0], context.get_value_type(single))

    return single(x), generate


@intrinsic
def split_float32(typingctx, x):
    """Split positive numbers into ``2**exponent * mantissa``, sqrt(1/2) <= m < sqrt(2).

    Gives (exponent, mantissa), both floats.
    """
    del typingctx

    def generate(context, builder, signature, args):
        floats = context.get_value_type(signature.args[0])
        ints = ir.VectorType(ir.IntType(32), LANES)
        offset = _constant(ints, _SQRT_HALF_BITS)
        bits = builder.sub(builder.bitcast(args[0], ints), offset)
        exponent = builder.ashr(bits, _constant(ints, _MANTISSA_BITS))
        mantissa = builder.and_(bits, _constant(ints, (1 << _MANTISSA_BITS) - 1))
        parts = (
            builder.sitofp(exponent, floats),
            builder.bitcast(builder.add(mantissa, offset), floats),
        )
        return context.make_tuple(builder, signature.return_type, parts)

    return types.UniTuple(x, 2)(x), generate


@intrinsic
def interleave(typingctx, x, y):
    """Give (x0, y0, x1, y1, ...) in two values, the first half and the second."""
    del typingctx

    def generate(context, builder, signature, args):
        indices = ir.VectorType(ir.IntType(32), LANES)
        merged = [i for pair in zip(*_HALVES, strict=True) for i in pair]
        halves = [
            builder.shuffle_vector(*args, ir.Constant(indices, merged[half]))
            for half in (slice(LANES), slice(LANES, None))
        ]
        return context.make_tuple(builder, signature.return_type, halves)

    return types.UniTuple(x, 2)(x, y), generate


def _define(symbol, instruction):
    """Give + - or * to two Lanes, and to Lanes and a number."""

    @type_callable(symbol)
    def type_operator(context):
        del context

        def typer(x, y):
            if isinstance(x, Lanes) and (x == y or isinstance(y, types.Float)):
                return x
            if isinstance(y, Lanes) and isinstance(x, types.Float):
                return y
            return None

        return typer

    def generate(context, builder, signature, args):
        lanes = signature.return_type
        args = [
            arg
            if isinstance(kind, Lanes)
            else _spread(context, builder, arg, kind, lanes)
            for arg, kind in zip(args, signature.args, strict=True)
        ]
        result = getattr(builder, instruction)(*args, flags=("contract",))
        return impl_ret_untracked(context, builder, lanes, result)

    lower_builtin(symbol, Lanes, Lanes)(generate)
    lower_builtin(symbol, Lanes, types.Float)(generate)
    lower_builtin(symbol, types.Float, Lanes)(generate)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")
