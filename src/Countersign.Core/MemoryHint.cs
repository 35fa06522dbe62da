using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Countersign.Core;

/// <summary>
/// Asks memory for what is needed soon, where the processor takes such hints: what is asked for together is waited for once, not one after the other. Changes nothing else.
/// </summary>
public static class MemoryHint
{
    const int LineBytes = 64;

    /// <summary>Asks for the cache lines in which some values lie.</summary>
    public static unsafe void For<T>(ReadOnlySpan<T> values)
    {
        if (Sse.IsSupported)
        {
            // Addresses, not references: if the collector moves the values meanwhile, the hint was of no use.
            var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(values));
            var end = start + ((nuint)values.Length * (nuint)Unsafe.SizeOf<T>());
            for (var line = start & ~(nuint)(LineBytes - 1); line < end; line += LineBytes)
            {
                Sse.Prefetch0((void*)line);
            }
        }
    }

    /// <inheritdoc cref="For{T}(ReadOnlySpan{T})"/>
    public static void For<T>(Span<T> values) => For((ReadOnlySpan<T>)values);
}
