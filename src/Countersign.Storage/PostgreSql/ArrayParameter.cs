using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>One column of a batch, sent as an array: one parameter however many rows there are, and a list that is filled anew for each batch.</summary>
abstract class ArrayParameter
{
    public abstract void Clear();

    public abstract NpgsqlParameter AsParameter();

    public static ArrayParameter<Guid> Uuid() => new(NpgsqlDbType.Uuid);

    public static ArrayParameter<Guid?> NullableUuid() => new(NpgsqlDbType.Uuid);

    public static ArrayParameter<short> Small() => new(NpgsqlDbType.Smallint);

    public static ArrayParameter<short?> NullableSmall() => new(NpgsqlDbType.Smallint);

    public static ArrayParameter<int> Int() => new(NpgsqlDbType.Integer);

    public static ArrayParameter<int?> NullableInt() => new(NpgsqlDbType.Integer);

    public static ArrayParameter<long> Long() => new(NpgsqlDbType.Bigint);

    public static ArrayParameter<bool> Flag() => new(NpgsqlDbType.Boolean);

    public static ArrayParameter<byte[]?> Bytes() => new(NpgsqlDbType.Bytea);

    public static ArrayParameter<ReadOnlyMemory<byte>> Pieces() => new(NpgsqlDbType.Bytea);

    public static ArrayParameter<string?> Text() => new(NpgsqlDbType.Text);
}

/// <summary>An array of one type.</summary>
sealed class ArrayParameter<T>(NpgsqlDbType type) : ArrayParameter
{
    readonly List<T> _values = [];

    public int Count => _values.Count;

    public T First => _values[0];

    public void Add(T value) => _values.Add(value);

    public override void Clear() => _values.Clear();

    public override NpgsqlParameter AsParameter() => new NpgsqlParameter<List<T>> { TypedValue = _values, NpgsqlDbType = NpgsqlDbType.Array | type };
}
