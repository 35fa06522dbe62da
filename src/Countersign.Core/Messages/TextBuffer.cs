using System.Buffers;

namespace Countersign.Core.Messages;

/// <summary>Room to put a message together: the caller's stack first, the shared pool where that is too small.</summary>
ref struct TextBuffer(Span<char> initial)
{
    Span<char> chars = initial;
    char[]? rented;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<char> Written => chars[..Length];

    public void Append(ReadOnlySpan<char> text)
    {
        if (text.Length > chars.Length - Length)
            Grow(text.Length);
        text.CopyTo(chars[Length..]);
        Length += text.Length;
    }

    /// <summary>Forgets what was written after <paramref name="length"/>.</summary>
    public void Rewind(int length) => Length = length;

    public void Dispose()
    {
        // The text holds the code: nobody who rents the same array next may find it.
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented, clearArray: true);
        rented = null;
    }

    void Grow(int more)
    {
        var bigger = ArrayPool<char>.Shared.Rent(Math.Max(chars.Length * 2, Length + more));
        Written.CopyTo(bigger);
        Dispose();
        chars = rented = bigger;
    }
}
