using Countersign.Core;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Privacy;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Refused starts in PostgreSQL, those of all nodes in one table.</summary>
sealed class PostgresRefusedStarts(PostgresDatabase database, Sealer sealer) : IRefusedStartStore
{
    const string Insert = """
        INSERT INTO refused_start (account_sid, service_sid, destination, at, body)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bytea[])
        """;

    public Task AddAsync(IReadOnlyList<RefusedStart> refusals, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            await using var insert = new NpgsqlCommand(Insert, connection);
            insert.Parameters.Bind(refusals.Select(static refusal => refusal.AccountSid)).Bind(refusals.Select(static refusal => refusal.ServiceSid));
            insert.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. refusals.Select(static refusal => refusal.Destination.ToUuid())] });
            insert.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. refusals.Select(static refusal => refusal.At.ToUnixTimeMilliseconds())] });
            insert.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. refusals.Select(refusal => RefusedStartBody.Seal(sealer, refusal))] });
            await insert.ExecuteNonQueryAsync(CancellationToken.None);
        },
        ct);

    public async Task<Page<RefusedStart>> ListAsync(RefusedStartFilter filter, PageRequest page, CancellationToken ct)
    {
        var rows = await database.RunAsync(
            async connection =>
            {
#pragma warning disable CA2100 // Texts of our own.
                await using var select = new NpgsqlCommand(RefusedStartPage.Sql(filter, page.Cursor is { Backwards: true }, '$'), connection);
#pragma warning restore CA2100
                select.Parameters.Bind(filter.Account).Bind(page.Cursor?.Position ?? long.MaxValue).Bind(RowPages.Limit(page));
                if (filter.Service is { } service)
                {
                    select.Parameters.Bind(service);
                }

                if (filter.Destination is { } destination)
                {
                    select.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = destination.ToUuid() });
                }

                return await select.ReadAsync(
                    row => (row.GetInt64(0), RefusedStartBody.Open(sealer, filter.Account, row.Sid(1, "VA"), row.GetGuid(2).ToValue(), row.Moment(3), row.GetFieldValue<byte[]>(4))), ct);
            },
            ct);
        return RefusedStartPage.Of(rows, page);
    }
}
