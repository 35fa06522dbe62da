namespace Countersign.Bench.Load;

/// <summary>
/// Telephone numbers for one run: of the right shape, all different, in no order, and made in memory only. A load test needs hundreds of thousands of
/// destinations, more than the ranges reserved for fiction have; none is printed or kept, and the only carrier is the sandbox.
/// </summary>
sealed class Numbers(Random random)
{
    // Area codes without an exchange of special use, so that every number of the shape below is a valid one.
    static readonly int[] Areas = [201, 202, 206, 212, 213, 214, 215, 303, 312, 313, 314, 317, 404, 408, 412, 415, 503, 510, 512, 602, 612, 614, 617, 702, 704, 713, 718, 770];
    static readonly int[] Exchanges = [.. Enumerable.Range(220, 780).Where(exchange => exchange % 100 != 11 && exchange != 555)];

    // A step that shares no factor with the number of numbers visits each of them once.
    const long Step = 982_451_653;

    readonly long _size = (long)Areas.Length * Exchanges.Length * 10_000;
    long _next = random.NextInt64(1_000_000_000);

    /// <summary>The ten digits of the next number after its +1.</summary>
    public long Next()
    {
        _next = (_next + Step) % _size;
        var (prefix, line) = (_next / 10_000, _next % 10_000);
        var area = Areas[prefix / Exchanges.Length];
        var exchange = Exchanges[prefix % Exchanges.Length];
        return (((area * 1000L) + exchange) * 10_000) + line;
    }
}
