using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Adapters.Tests.Sqlite;

namespace Countersign.Adapters.Tests.Crashes;

public sealed class StopTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_is_asked_to_stop_ends_with_success(bool onPostgres)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var home = new SqliteHome();
        string? storage = null;
        if (onPostgres)
        {
            // An empty database, which the server fills with what it needs.
            storage = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        }

        try
        {
            using var server = await ServerProcess.StartAsync(home.Directory, ct, storage);
            Assert.Equal(0, await server.StopAsync(ct));
        }
        finally
        {
            if (storage is not null)
                await (await PostgresServer.SharedAsync()).DropDatabaseAsync(storage);
        }
    }
}
