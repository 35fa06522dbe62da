namespace Countersign.Server.Callbacks;

/// <summary>
/// How many bytes of callbacks a process has in memory before they are proven: anybody can send them. Bodies beyond <see cref="UsualBody"/> have a room of their own, so that they take none from
/// the receipts that most carriers send one by one.
/// </summary>
/// <param name="usual">Bytes for bodies up to <see cref="UsualBody"/>, of all requests together.</param>
/// <param name="large">Bytes for larger ones.</param>
sealed class CallbackRoom(long usual, long large)
{
    /// <summary>What a callback has at most at most kinds of carriers, in bytes.</summary>
    public const int UsualBody = 64 * 1024;

    long _usual = usual;
    long _large = large;

    /// <summary>Takes room for a buffer of so many bytes; false where there is none, and then nothing is taken.</summary>
    public bool TryTake(int bytes)
    {
        ref var free = ref Of(bytes);
        if (Interlocked.Add(ref free, -bytes) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref free, bytes);
        return false;
    }

    /// <summary>Gives back what was taken for a buffer of that size.</summary>
    public void Give(int bytes) => Interlocked.Add(ref Of(bytes), bytes);

    ref long Of(int bytes)
    {
        if (bytes > UsualBody)
        {
            return ref _large;
        }

        return ref _usual;
    }
}
