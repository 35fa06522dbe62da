using System.Text;
using Countersign.Core;

namespace Countersign.Storage.Redis;

/// <summary>
/// This node's signs of life in each group, any of which may be away by itself: the name that it gives them under, and when it last did. After <paramref name="life"/> without
/// one the others count it as dead there. The clock should go on while the machine is suspended.
/// </summary>
sealed class NodeSigns(int groups, TimeSpan life, RandomSource random, TimeProvider clock)
{
    readonly byte[][] _names = [.. Enumerable.Range(0, groups).Select(_ => NewName(random))];
    readonly long[] _givenAt = [.. Enumerable.Range(0, groups).Select(_ => clock.GetTimestamp())];

    public TimeSpan Life => life;

    public long Now => clock.GetTimestamp();

    /// <summary>In any group.</summary>
    public bool HasLapsed
    {
        get
        {
            for (var group = 0; group < groups; group++)
            {
                if (HasLapsedIn(group))
                {
                    return true;
                }
            }

            return false;
        }
    }

    public bool HasLapsedIn(int group) => clock.GetElapsedTime(Volatile.Read(ref _givenAt[group])) > life;

    public byte[] NameIn(int group) => Volatile.Read(ref _names[group]);

    /// <summary>Under a name of which nobody knows yet.</summary>
    public void BeginAnewIn(int group, long now)
    {
        Volatile.Write(ref _names[group], NewName(random));
        GivenIn(group, now);
    }

    public void GivenIn(int group, long moment) => Volatile.Write(ref _givenAt[group], moment);

    static byte[] NewName(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes));
    }
}
