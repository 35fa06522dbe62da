using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Countersign.Server.Hosting;
using Countersign.Server.Tests.Running;
using Microsoft.Data.Sqlite;

namespace Countersign.Server.Tests.Hosting;

/// <summary>What the person who starts the server reads.</summary>
public sealed class StartTests : IDisposable
{
    readonly ServerCommand _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_first_start_on_a_port_that_is_taken_says_so_in_one_sentence_and_the_next_one_shows_the_token_after_all()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, output, error) = await _command.RunAsync(["--urls", $"http://127.0.0.1:{port}", "--Countersign:DataDirectory", _command.DataDirectory]);
        var second = await _command.BannerAsync();
        var third = await _command.BannerAsync();

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("address already in use", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.NotNull(ServerCommand.TokenIn(second));
        Assert.Null(ServerCommand.TokenIn(third));
        Assert.Contains($"credentials --Countersign:DataDirectory {_command.DataDirectory} --urls http://127.0.0.1:", third, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_first_starts_make_credentials_that_have_nothing_in_common()
    {
        using var other = new ServerCommand();
        string[] banners = [await _command.BannerAsync(), await other.BannerAsync()];

        Assert.All(banners, banner => Assert.NotNull(ServerCommand.TokenIn(banner)));
        Assert.NotEqual(ServerCommand.TokenIn(banners[0]), ServerCommand.TokenIn(banners[1]));
        Assert.All(["Account SID", "Service SID"], name => Assert.NotEqual(LineOf(banners[0], name), LineOf(banners[1], name)));
    }

    [Fact]
    public async Task The_verb_credentials_shows_all_that_the_first_start_showed()
    {
        var banner = await _command.BannerAsync();

        var (code, output, _) = await _command.RunAsync(["credentials", "--Countersign:DataDirectory", _command.DataDirectory, "--urls", "http://0.0.0.0:9090"]);

        Assert.Equal(0, code);
        Assert.Equal(ServerCommand.TokenIn(banner), ServerCommand.TokenIn(output));
        Assert.All(["Account SID", "Service SID"], name => Assert.Contains(LineOf(banner, name), output, StringComparison.Ordinal));
        Assert.Contains(LineOf(banner, "curl -u").Split(" http://")[0] + " http://localhost:9090/v2/Services/", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auth_token")]
    [InlineData("sid")]
    [InlineData("sid", "--Countersign:Bootstrap:AccountSid", "AC0123456789abcdef0123456789abcdef")]
    public async Task A_first_account_that_is_damaged_stops_nothing_and_none_is_made_in_its_place(string column, params string[] preset)
    {
        await _command.BannerAsync(preset);
        Assert.Equal(1, Run($"UPDATE account SET {column} = x'00'"));

        var banner = await _command.BannerAsync(preset);
        var (code, _, error) = await _command.RunAsync(["credentials", "--Countersign:DataDirectory", _command.DataDirectory]);

        Assert.Contains("  The first account cannot be used. The row ", banner, StringComparison.Ordinal);
        Assert.Contains("  Data ", banner, StringComparison.Ordinal);
        Assert.DoesNotContain("Account SID", banner, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.Contains("cannot be read", error, StringComparison.Ordinal);
        Assert.Equal(1, Run("UPDATE account SET status = status"));

        int Run(string sql)
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(_command.DataDirectory, "countersign.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this test.
            command.CommandText = sql;
#pragma warning restore CA2100
            return command.ExecuteNonQuery();
        }
    }

    [Fact]
    public async Task The_log_is_in_JSON_where_that_is_set_with_the_time_of_each_line()
    {
        var output = await _command.BannerAsync("--Logging:Console:FormatterName", "json", "--Logging:LogLevel:Default", "Debug");

        var lines = output.Split('\n').Where(line => line.StartsWith('{')).ToList();
        Assert.NotEmpty(lines);
        Assert.DoesNotContain("dbug: ", output, StringComparison.Ordinal);
        Assert.All(lines, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.True(json.RootElement.TryGetProperty("EventId", out _));
            Assert.InRange(json.RootElement.GetProperty("Timestamp").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        });
    }

    [Theory]
    [InlineData("--Logging:Console:FormatterName", "xml", "Logging:Console:FormatterName", "must be one of simple, json, systemd, and is xml")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "OTEL_EXPORTER_OTLP_ENDPOINT", "must be an http or https address")]
    [InlineData("--Countersign:DataDirectry", "x", "Countersign:DataDirectry", "Did you mean Countersign:DataDirectory?")]
    [InlineData("--Countersign:Sandbox:Enable", "false", "Countersign:Sandbox:Enable", "Did you mean Countersign:Sandbox:Enabled?")]
    [InlineData("--DataDirectory", "x", "--DataDirectory", "Did you mean --Countersign:DataDirectory?")]
    [InlineData("--url", "http://localhost:1", "--url", "Did you mean --urls?")]
    [InlineData("--Countersign:Sandbox:Enabled", "yes", "Countersign:Sandbox:Enabled", "must be true or false")]
    [InlineData("--Logging:LogLevel:Default", "Loud", "Logging:LogLevel:Default", "must be one of Trace, Debug, Information, Warning, Error, Critical, None, and is Loud")]
    [InlineData("--Logging:Console:LogLevel:Microsoft", "Loud", "Logging:Console:LogLevel:Microsoft", "must be one of Trace")]
    [InlineData("--Countersign:KeyRing", "/nowhere/k.json", "/nowhere/k.json", "there is no directory /nowhere. Make it, or name another file with --Countersign:KeyRing")]
    [InlineData("--urls", "localhost:9000", "localhost:9000", "does not begin with http://")]
    [InlineData("--urls", "http://203.0.113.7:1", "http://203.0.113.7:1", "this machine has no such address")]
    [InlineData("--urls", "https://127.0.0.1:0", "https://127.0.0.1:0", "without a certificate: add --Kestrel:Certificates:Default:Path")]
    public async Task What_cannot_work_ends_the_start_with_one_line_that_names_it(string option, string value, string named, string said)
    {
        var (code, output, error) = await _command.RunAsync([option, value]);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_mistyped_variable_of_the_environment_is_refused_by_every_verb()
    {
        foreach (var verb in new string[][] { [], ["credentials"], ["rotate-key"] })
        {
            var (code, _, error) = await _command.RunAsync(verb, ("Countersign__DataDirectry", "x"));

            Assert.Equal(1, code);
            Assert.Contains("Countersign:DataDirectory?", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_names_the_directory_in_full()
    {
        await using var server = await RunningServer.StartAsync([]);
        var directory = Path.GetDirectoryName(server.DatabasePath)!;

        var (code, _, error) = await _command.RunAsync(["--Countersign:DataDirectory", Path.GetRelativePath(Path.GetDirectoryName(_command.DataDirectory)!, directory)]);

        Assert.Equal(1, code);
        Assert.Contains($"data directory {directory} open", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotating_the_key_names_the_key_ring_in_full()
    {
        await _command.BannerAsync();

        var (code, output, _) = await _command.RunAsync(["rotate-key", "--Countersign:DataDirectory", "./data"]);

        Assert.Equal(0, code);
        Assert.Contains($"in {Path.Combine(_command.DataDirectory, "keyring.json")}.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_sandbox_off_the_banner_says_what_to_do_instead()
    {
        var banner = await _command.BannerAsync("--Countersign:Sandbox:Enabled", "false");

        Assert.Contains("/admin/v1/carriers/{name}", banner, StringComparison.Ordinal);
        Assert.Contains("To=$YOUR_NUMBER", banner, StringComparison.Ordinal);
        Assert.DoesNotContain("+1415555", banner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_names_every_setting_and_verb_and_the_program_as_it_was_started()
    {
        var (code, output, _) = await _command.RunAsync(["--help"]);

        Assert.Equal(0, code);
        Assert.Contains("usage: dotnet Countersign.Server.dll [verb]", output, StringComparison.Ordinal);
        Assert.All(SettingsCheck.Known, name => Assert.Contains($"  --{name} ", output, StringComparison.Ordinal));
        Assert.All(["credentials", "rotate-key", "move-live", "try", "simulator"], verb => Assert.Contains($"\n  {verb} ", output, StringComparison.Ordinal));
        Assert.DoesNotContain("countersign ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n  \"Countersign\": {\n    \"Storage\": \"Host=x;Password=not-a-real-password\"\n    \"Redis\": \"\"\n  }\n}", "line 4")]
    [InlineData("[1]", "must be a JSON object")]
    public async Task A_broken_file_of_settings_is_named_with_the_place_and_not_repeated(string text, string said)
    {
        var path = Path.Combine(AppContext.BaseDirectory, $"appsettings.Broken{text.Length}.json");
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        try
        {
            var (code, output, error) = await _command.RunAsync([], ("ASPNETCORE_ENVIRONMENT", $"Broken{text.Length}"));

            Assert.Equal((1, ""), (code, output));
            Assert.Contains(path, error, StringComparison.Ordinal);
            Assert.Contains(said, error, StringComparison.Ordinal);
            Assert.DoesNotContain("not-a-real", error, StringComparison.Ordinal);
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Moving_live_verifications_needs_a_shared_store()
    {
        var (code, _, error) = await _command.RunAsync(["move-live"]);

        Assert.Equal(1, code);
        Assert.Contains("Countersign:Storage", error, StringComparison.Ordinal);
    }

    /// <summary>The driver's own names for where the server is; a URL, which it does not read, is refused with words of ours.</summary>
    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=u;Database=d", false)]
    [InlineData("host = 127.0.0.1;Port=1;Username=u;Database=d", false)]
    [InlineData("Server=127.0.0.1;Port=1;Username=u;Database=d", false)]
    [InlineData("postgres://u@127.0.0.1:1/d", true)]
    [InlineData("Port=1;Username=u;Database=d", true)]
    public async Task A_connection_string_is_one_that_names_a_server(string storage, bool isRefused)
    {
        var (code, _, error) = await _command.RunAsync(["--Countersign:Storage", storage, "--urls", "http://127.0.0.1:0"]);

        Assert.Equal(1, code);
        Assert.Equal(isRefused, error.Contains("Countersign:Storage must be sqlite", StringComparison.Ordinal));
    }

    static string LineOf(string text, string part) => text.Split('\n').First(line => line.Contains(part, StringComparison.Ordinal)).Trim();
}
