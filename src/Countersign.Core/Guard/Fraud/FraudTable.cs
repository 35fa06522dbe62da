using System.Runtime.CompilerServices;
using Countersign.Core.Guard.Remembering;

namespace Countersign.Core.Guard.Fraud;

/// <summary>
/// Cells by key, in sets of eight: a key can only be in its own set, so a look-up touches two or three cache lines, and a new key takes the least valuable place there.
/// Never grows, whatever is asked for. Threads exclude each other by stripes of sets.
/// </summary>
sealed class FraudTable
{
    const int Ways = SetKeys.Ways;
    const int Stripes = 512;

    readonly FraudCell[] _cells;
    readonly SetKeys _keys;
    readonly Lock[] _locks;
    readonly int _setMask;

    public FraudTable(int bits)
    {
        _cells = new FraudCell[1 << bits];
        _keys = new SetKeys(_cells.Length);
        _setMask = (_cells.Length / Ways) - 1;
        _locks = new Lock[Stripes];
        for (var i = 0; i < Stripes; i++)
        {
            _locks[i] = new Lock();
        }
    }

    /// <summary>Bytes that the cells take at most.</summary>
    public long Bytes => ((long)_cells.Length * Unsafe.SizeOf<FraudCell>()) + _keys.Bytes;

    /// <summary>The cell as it is now; the default one where nothing is known.</summary>
    public FraudCell Read(ulong key, uint now, in FraudRule rule)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            ref var cell = ref Find(set, key);
            if (Unsafe.IsNullRef(ref cell))
            {
                return default;
            }

            cell.Advance(now, rule);
            return cell;
        }
    }

    /// <summary>The cell as it was when it was last brought up to date.</summary>
    public FraudCell Peek(ulong key)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            ref var cell = ref Find(set, key);
            return Unsafe.IsNullRef(ref cell) ? default : cell;
        }
    }

    /// <summary>Changes a cell in one step. A key that has none gets one if <paramref name="create"/>, and else nothing happens.</summary>
    public void Change<T>(ulong key, uint now, in FraudRule rule, bool create, in T change)
        where T : struct, IFraudChange
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            ref var cell = ref Find(set, key);
            if (Unsafe.IsNullRef(ref cell))
            {
                if (!create)
                {
                    return;
                }

                var place = Least(set, now);
                _keys[place] = key;
                cell = ref _cells[place];
                cell = new FraudCell { Key = key, At = now, Since = now };
            }

            cell.Advance(now, rule);
            change.Apply(ref cell);
        }
    }

    /// <summary>Asks memory for the keys among which one is looked for soon.</summary>
    public void Ahead(ulong key) => _keys.Ahead(SetOf(key));

    /// <summary>Asks memory for the cell of a key whose set is there already.</summary>
    public void AheadOfCell(ulong key)
    {
        // Without the lock: at worst it is a cell that nobody wants.
        if (_keys.Find(SetOf(key), key) is >= 0 and var place)
        {
            MemoryHint.For(_cells.AsSpan(place, 1));
        }
    }

    /// <summary>Asks memory for the cells of which one makes room for a key.</summary>
    public void AheadOfRoom(ulong key) => MemoryHint.For(_cells.AsSpan(SetOf(key) * Ways, Ways));

    /// <summary>Writes the cells that are taken.</summary>
    public void Save(BinaryWriter to) => KeptEntries.Save(to, _cells, _locks, Ways);

    /// <summary>Takes cells that were written, whose times are counted from so much earlier. A set that is full takes no more.</summary>
    public void Load(BinaryReader from, uint earlier) => KeptEntries.Load<FraudCell>(from, cell =>
    {
        var set = SetOf(cell.Key);
        lock (_locks[set & (Stripes - 1)])
        {
            if (_keys.Find(set, 0) is >= 0 and var place && cell.At > earlier)
            {
                (cell.At, cell.Since) = (cell.At - earlier, cell.Since > earlier ? cell.Since - earlier : 1);
                _keys[place] = cell.Key;
                _cells[place] = cell;
            }
        }
    });

    int SetOf(ulong key) => (int)(key >> 32) & _setMask;

    ref FraudCell Find(int set, ulong key)
    {
        var place = _keys.Find(set, key);
        return ref place < 0 ? ref Unsafe.NullRef<FraudCell>() : ref _cells[place];
    }

    int Least(int set, uint now)
    {
        if (_keys.Find(set, 0) is >= 0 and var free)
        {
            return free;
        }

        var first = set * Ways;
        var (least, value) = (first, float.MaxValue);
        for (var i = first; i < first + Ways; i++)
        {
            var own = _cells[i].Value(now);
            if (own < value)
            {
                (least, value) = (i, own);
            }
        }

        return least;
    }
}

/// <summary>A change of one cell, which is up to date when it comes to it.</summary>
interface IFraudChange
{
    void Apply(ref FraudCell cell);
}
