using System.Runtime.CompilerServices;
using Countersign.Core.Guard.Remembering;

namespace Countersign.Core.Guard.Risk;

/// <summary>
/// Where and with what destinations were approved last, by key. Of fixed size: a key can be in one set of eight places, and the one that was approved longest ago makes room.
/// Nobody gets in without typing a code back, or the word of the account's own application, so inventing numbers pushes nobody out.
/// </summary>
sealed class ApprovalMemory
{
    const int Ways = SetKeys.Ways;
    const int Stripes = 256;

    readonly KnownApproval[] _entries;
    readonly SetKeys _keys;
    readonly Lock[] _locks = new Lock[Stripes];
    readonly int _setMask;

    public ApprovalMemory(int bits)
    {
        _entries = new KnownApproval[1 << bits];
        _keys = new SetKeys(_entries.Length);
        _setMask = (_entries.Length / Ways) - 1;
        for (var i = 0; i < Stripes; i++)
        {
            _locks[i] = new Lock();
        }
    }

    public long Bytes => ((long)_entries.Length * Unsafe.SizeOf<KnownApproval>()) + _keys.Bytes;

    public bool TryFind(ulong key, out KnownApproval known)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            if (_keys.Find(set, key) is >= 0 and var at)
            {
                known = _entries[at];
                return true;
            }
        }

        known = default;
        return false;
    }

    public void Approved(ulong key, DateTimeOffset now, in GeoPlace place, uint subnet, uint device)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            var at = _keys.Find(set, key);
            if (at < 0)
            {
                at = _keys.Find(set, 0) is >= 0 and var free ? free : Oldest(set);
                _keys[at] = key;
                _entries[at] = new KnownApproval { Key = key };
            }

            _entries[at].Learn(now, place, subnet, device);
        }
    }

    /// <summary>Writes what is known.</summary>
    public void Save(BinaryWriter to) => KeptEntries.Save(to, _entries, _locks, Ways);

    /// <summary>Takes what was written. A set that is full takes no more.</summary>
    public void Load(BinaryReader from) => KeptEntries.Load<KnownApproval>(from, entry =>
    {
        var set = SetOf(entry.Key);
        lock (_locks[set & (Stripes - 1)])
        {
            if (_keys.Find(set, 0) is >= 0 and var place)
            {
                _keys[place] = entry.Key;
                _entries[place] = entry;
            }
        }
    });

    int Oldest(int set)
    {
        var oldest = set * Ways;
        for (var i = oldest + 1; i < (set + 1) * Ways; i++)
        {
            oldest = _entries[i].Minute < _entries[oldest].Minute ? i : oldest;
        }

        return oldest;
    }

    int SetOf(ulong key) => (int)(key >> 32) & _setMask;
}

/// <summary>What is remembered of a destination. Hashes are of four bytes, 0 for none: one in four billion is taken for another.</summary>
struct KnownApproval
{
    public ulong Key;
    public uint Minute;
    public float Latitude;
    public float Longitude;
    public ushort RadiusKm;
    ushort _country;
    Last _devices;
    Last _subnets;
    Last _networks;

    public readonly DateTimeOffset At => DateTimeOffset.UnixEpoch.AddMinutes(Minute);

    public readonly GeoPlace Place => new(null, Latitude, Longitude, RadiusKm, 0);

    public readonly bool HasDevices => _devices[0] != 0;

    public readonly bool HasSubnets => _subnets[0] != 0;

    public readonly bool KnowsDevice(uint device) => Knows(_devices, device);

    public readonly bool KnowsSubnet(uint subnet) => Knows(_subnets, subnet);

    public readonly bool KnowsNetwork(uint network) => Knows(_networks, network);

    /// <summary>Whether the last place is known to be in another country.</summary>
    public readonly bool IsElsewhere(string country) => _country != 0 && _country != Pack(country);

    public void Learn(DateTimeOffset now, in GeoPlace place, uint subnet, uint device)
    {
        Minute = (uint)Math.Clamp((now - DateTimeOffset.UnixEpoch).TotalMinutes, 1, uint.MaxValue);
        (Latitude, Longitude, RadiusKm) = (place.Latitude, place.Longitude, (ushort)Math.Clamp(place.RadiusKm, 0, ushort.MaxValue));
        _country = place.Country is { } country ? Pack(country) : (ushort)0;
        Add(ref _devices, device);
        Add(ref _subnets, subnet);
        Add(ref _networks, place.Network);
    }

    static ushort Pack(string country) => country.Length == 2 ? (ushort)((country[0] << 8) | (byte)country[1]) : (ushort)0;

    static bool Knows(in Last last, uint value) => value != 0 && (last[0] == value || last[1] == value || last[2] == value);

    /// <summary>To the front; the oldest of three goes.</summary>
    static void Add(ref Last last, uint value)
    {
        if (value == 0 || last[0] == value)
        {
            return;
        }

        last[2] = last[1] == value ? last[2] : last[1];
        (last[1], last[0]) = (last[0], value);
    }

    [InlineArray(3)]
    struct Last
    {
        uint _first;
    }
}
