using Countersign.Core;
using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>Short ways to bind values, in the order of the statement's <c>$1, $2, …</c></summary>
static class PostgresParameters
{
    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, Sid value) => parameters.With(new NpgsqlParameter<Guid> { TypedValue = value.ToUuid() });

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, short value) => parameters.With(new NpgsqlParameter<short> { TypedValue = value });

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, int value) => parameters.With(new NpgsqlParameter<int> { TypedValue = value });

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, long value) => parameters.With(new NpgsqlParameter<long> { TypedValue = value });

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, bool value) => parameters.With(new NpgsqlParameter<bool> { TypedValue = value });

    /// <summary>As Unix milliseconds.</summary>
    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, DateTimeOffset value) => parameters.Bind(value.ToUnixTimeMilliseconds());

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, string? value) => parameters.With(NpgsqlDbType.Text, value);

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, byte[]? value) => parameters.With(NpgsqlDbType.Bytea, value);

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, int? value) => parameters.With(NpgsqlDbType.Integer, value);

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, Sid? value) => parameters.With(NpgsqlDbType.Uuid, value?.ToUuid());

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, IEnumerable<Sid> values) =>
        parameters.With(new NpgsqlParameter<Guid[]> { TypedValue = [.. values.Select(value => value.ToUuid())] });

    public static NpgsqlParameterCollection Bind(this NpgsqlParameterCollection parameters, IEnumerable<string> values) =>
        parameters.With(new NpgsqlParameter<string[]> { TypedValue = [.. values] });

    public static void BindOrNull(this NpgsqlParameterCollection parameters, IEnumerable<Sid>? values) =>
        parameters.With(NpgsqlDbType.Array | NpgsqlDbType.Uuid, values?.Select(value => value.ToUuid()).ToArray());

    static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, NpgsqlDbType type, object? value) =>
        parameters.With(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });

    static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, NpgsqlParameter parameter)
    {
        parameters.Add(parameter);
        return parameters;
    }
}
