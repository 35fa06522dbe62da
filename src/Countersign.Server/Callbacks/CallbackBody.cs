namespace Countersign.Server.Callbacks;

/// <summary>
/// The body of one callback while it is read. It takes room as its bytes arrive, and as much for a body that nobody will look at, which is not kept: whether there is room must not tell which
/// carriers there are. What was taken is given back when this is disposed of.
/// </summary>
/// <param name="room">What all of them share.</param>
/// <param name="network">Where it comes from: <see cref="CallbackNetwork"/>.</param>
/// <param name="kept">Bytes that are kept of it at most.</param>
/// <param name="most">Bytes that are read of it at most.</param>
sealed class CallbackBody(CallbackRoom room, ulong network, int kept, int most) : IDisposable
{
    const int FirstSize = 4096, Growth = 2;

    /// <summary>What is not kept is read over so many bytes, again and again.</summary>
    const int PassingSize = 8192;

    byte[] _buffer = [];
    byte[] _passing = [];
    int _taken;
    int _length;

    /// <summary>How reading it ended.</summary>
    public enum End
    {
        /// <summary>All of it is in <see cref="Bytes"/>.</summary>
        Whole,

        /// <summary>It has more than is kept of it, or read.</summary>
        TooLarge,

        /// <summary>There was no room for the rest.</summary>
        NoRoom,
    }

    /// <summary>All of it, once it was read to <see cref="End.Whole"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads it to its end.</summary>
    /// <exception cref="BadHttpRequestException">It was cut off or wrongly framed.</exception>
    public async ValueTask<End> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > most)
        {
            return End.TooLarge;
        }

        var size = (int)(request.ContentLength ?? most);
        try
        {
            while (true)
            {
                if (_length >= _taken && _length < size && !TryGrow(size))
                {
                    return End.NoRoom;
                }

                var read = await request.Body.ReadAsync(Space(), ct);
                if (read == 0)
                {
                    return _length > kept ? End.TooLarge : End.Whole;
                }

                _length += read;
                if (_length > most)
                {
                    return End.TooLarge;
                }
            }
        }
        catch (IOException broken) when (broken is not BadHttpRequestException && !ct.IsCancellationRequested)
        {
            // Thrown for a chunk size that no number holds.
            throw new BadHttpRequestException("The body was wrongly framed.", broken);
        }
    }

    public void Dispose()
    {
        _buffer = [];
        if (_taken > 0)
        {
            room.Give(_taken, network);
            _taken = 0;
        }
    }

    /// <summary>The old buffer and the new one are there at once while it grows, and both are counted. A body that says that it is large gets no more than twice what has arrived of it.</summary>
    bool TryGrow(int size)
    {
        var next = (int)Math.Min(size, Math.Max(FirstSize, (long)_taken * Growth));
        if (!room.TryTake(next, network))
        {
            return false;
        }

        if (_length < kept)
        {
            var larger = GC.AllocateUninitializedArray<byte>(Math.Min(next, kept));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            _buffer = larger;
        }

        if (_taken > 0)
        {
            room.Give(_taken, network);
        }

        _taken = next;
        return true;
    }

    Memory<byte> Space()
    {
        if (_length < _buffer.Length)
        {
            return _buffer.AsMemory(_length);
        }

        if (_passing.Length == 0)
        {
            // One byte is enough to see the end of a body that has all that it may have.
            _passing = new byte[_length < _taken ? PassingSize : 1];
        }

        return _passing;
    }
}
