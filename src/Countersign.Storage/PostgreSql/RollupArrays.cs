using Countersign.Core.Insight;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Rows for the rollup as arrays, and the statements that add them.</summary>
/// <param name="counters">The counters that are written.</param>
/// <param name="areNumbered">Rows have the number of their bundle, as <see cref="AddKeptSql"/> wants them; without, as <see cref="AddSql"/> does.</param>
sealed class RollupArrays(IReadOnlyList<RollupCounter> counters, bool areNumbered = false)
{
    /// <summary>What a row is of, apart from its slot.</summary>
    public const string Keys = "account_sid, hour, service_sid, country, channel, carrier, error";

    /// <summary>Every counter.</summary>
    public static readonly IReadOnlyList<RollupCounter> All = Enum.GetValues<RollupCounter>();

    readonly ArrayParameter<Guid> _account = ArrayParameter.Uuid(), _service = ArrayParameter.Uuid();
    readonly ArrayParameter<int> _hour = ArrayParameter.Int(), _error = ArrayParameter.Int();
    readonly ArrayParameter<string?> _country = ArrayParameter.Text(), _carrier = ArrayParameter.Text();
    readonly ArrayParameter<short> _channel = ArrayParameter.Small();
    readonly ArrayParameter<long>[] _counts = [.. counters.Select(_ => ArrayParameter.Long())];

    readonly ArrayParameter<int> _number = ArrayParameter.Int();
    ArrayParameter[]? _arrays;

    public int Count => _hour.Count;

    public void Clear() => Array.ForEach(Arrays, column => column.Clear());

    public void Add(in RollupKey key, in RollupCounts counts, int number = 0)
    {
        _number.Add(number);
        _account.Add(key.Account.ToUuid());
        _hour.Add(key.Hour);
        _service.Add(key.Service.ToUuid());
        _country.Add(key.Country);
        _channel.Add((short)key.Channel);
        _carrier.Add(key.Carrier);
        _error.Add((int?)key.Error ?? 0);
        for (var i = 0; i < counters.Count; i++)
        {
            _counts[i].Add(counts[counters[i]]);
        }
    }

    /// <summary>Binds the slot and the arrays, in the order in which the statements name them.</summary>
    public void Bind(NpgsqlParameterCollection parameters, short slot)
    {
        foreach (var parameter in Parameters(slot))
        {
            parameters.Add(parameter);
        }
    }

    /// <summary>The slot and the arrays, in the order in which the statements name them.</summary>
    public IEnumerable<NpgsqlParameter> Parameters(short slot) => [new NpgsqlParameter<short> { TypedValue = slot }, .. Columns().Select(column => column.AsParameter())];

    /// <summary>Adds every row. They must be in the order of their keys where the slot may be another's too.</summary>
    public static string AddSql(IReadOnlyList<RollupCounter> counters) =>
        $"INSERT INTO rollup (slot, {Keys}, {Names(counters)}) SELECT $1, * FROM {Unnest(counters, 2)} {OnConflict(counters)}";

    /// <summary>
    /// Adds each row as often as <paramref name="kept"/> names its number: a relation with a column <c>bundle</c>, the number of one row or several, or null. So whether something counts is
    /// decided where it is decided whether it is kept. The slot is parameter <paramref name="first"/>, the arrays follow.
    /// </summary>
    public static string AddKeptSql(string kept, int first, IReadOnlyList<RollupCounter> counters) => $"""
        INSERT INTO rollup (slot, {Keys}, {Names(counters)})
        SELECT ${first}, {Keys}, {string.Join(", ", counters.Select(counter => $"sum(b.{Name(counter)} * n.times)"))}
        FROM (SELECT bundle, count(*) AS times FROM {kept} WHERE bundle IS NOT NULL GROUP BY bundle) AS n
        JOIN {Unnest(counters, first + 1, areNumbered: true)} AS b ({Keys}, {Names(counters)}, number) ON b.number = n.bundle
        GROUP BY {Keys} ORDER BY {Keys}
        {OnConflict(counters)}
        """;

    /// <summary>A counter of a row, for reading: one that was written by a node that knows no <see cref="RollupCounter.Converted"/> has what it counted as approved.</summary>
    public static string Value(string row, RollupCounter counter) =>
        counter == RollupCounter.Converted ? $"coalesce({row}.{Name(counter)}, {row}.{Name(RollupCounter.Approved)})" : $"{row}.{Name(counter)}";

    /// <summary>What adds to a row that is there.</summary>
    public static string OnConflict(IReadOnlyList<RollupCounter> counters) =>
        $"ON CONFLICT ({Keys}, slot) DO UPDATE SET {string.Join(", ", counters.Select(counter => $"{Name(counter)} = {Value("rollup", counter)} + excluded.{Name(counter)}"))}";

    ArrayParameter[] Arrays => _arrays ??= [_account, _hour, _service, _country, _channel, _carrier, _error, .. _counts, _number];

    ArrayParameter[] Columns() => areNumbered ? Arrays : Arrays[..^1];

    static string Unnest(IReadOnlyList<RollupCounter> counters, int first, bool areNumbered = false)
    {
        var types = Enumerable.Range(0, 7 + counters.Count).Select(TypeOf);
        return $"unnest({string.Join(", ", (areNumbered ? types.Append("integer") : types).Select((type, i) => $"${first + i}::{type}[]"))})";
    }

    static string TypeOf(int column) => column switch { 0 or 2 => "uuid", 1 or 6 => "integer", 3 or 5 => "text", 4 => "smallint", _ => "bigint" };

    static string Names(IReadOnlyList<RollupCounter> counters) => string.Join(", ", counters.Select(Name));

    static string Name(RollupCounter counter) => RollupCounters.Names[(int)counter];
}
