namespace Countersign.Server.Callbacks;

/// <summary>
/// How many bytes of callbacks a process has in memory before they are proven: anybody can send them. Bodies beyond <see cref="UsualBody"/> have a room of their own, so that they take none from
/// the receipts that most carriers send one by one. One network has only a share of either (<see cref="CallbackNetwork"/>), so that whoever uses up all that one may have takes none from the carriers, who call from others.
/// </summary>
/// <param name="usual">Bytes for bodies up to <see cref="UsualBody"/>, of all requests together.</param>
/// <param name="large">Bytes for larger ones.</param>
sealed class CallbackRoom(long usual, long large)
{
    /// <summary>What a callback has at most at most kinds of carriers, in bytes.</summary>
    public const int UsualBody = 64 * 1024;

    /// <summary>One network has an eighth of the room for usual bodies: of 32 MiB, 1,024 of them that are read at the same time, each of up to 4 KiB.</summary>
    public const int UsualShares = 8;

    /// <summary>And a quarter of that for large ones: 8 MiB of 32, since one of 3 MiB has 5 while it grows for the last time.</summary>
    public const int LargeShares = 4;

    readonly Lock _gate = new();

    // Both under the gate. A network that holds nothing is not there, so there are never more of them than buffers.
    readonly Part _usual = new(usual, UsualShares), _large = new(large, LargeShares);

    /// <summary>Takes room for a buffer of so many bytes; false where there is none, or none for that network, and then nothing is taken.</summary>
    /// <param name="bytes">The buffer's length.</param>
    /// <param name="network">Whose it is, as <see cref="CallbackNetwork.Of"/> says; <see cref="CallbackNetwork.Own"/> may take all.</param>
    public bool TryTake(int bytes, ulong network)
    {
        var part = Of(bytes);
        lock (_gate)
        {
            if (part.Free < bytes)
            {
                return false;
            }

            if (network != CallbackNetwork.Own)
            {
                var held = part.Held.GetValueOrDefault(network);
                if (held + bytes > part.Share)
                {
                    return false;
                }

                part.Held[network] = held + bytes;
            }

            part.Free -= bytes;
            return true;
        }
    }

    /// <summary>Gives back what the network took for a buffer of that size.</summary>
    public void Give(int bytes, ulong network)
    {
        var part = Of(bytes);
        lock (_gate)
        {
            part.Free += bytes;
            if (network == CallbackNetwork.Own)
            {
                return;
            }

            if (part.Held[network] == bytes)
            {
                part.Held.Remove(network);
            }
            else
            {
                part.Held[network] -= bytes;
            }
        }
    }

    Part Of(int bytes) => bytes > UsualBody ? _large : _usual;

    sealed class Part(long all, int shares)
    {
        public long Free { get; set; } = all;

        public long Share { get; } = all / shares;

        public Dictionary<ulong, long> Held { get; } = [];
    }
}
