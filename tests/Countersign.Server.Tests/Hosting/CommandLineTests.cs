using Countersign.Server.Tests.Running;
using Microsoft.Data.Sqlite;

namespace Countersign.Server.Tests.Hosting;

/// <summary>What the person at the command line reads when a verb, or a start, cannot do what it should: one sentence with the file, the cause and the remedy.</summary>
public sealed class CommandLineTests : IDisposable
{
    readonly ServerCommand _command = new();

    string Store => Path.Combine(_command.DataDirectory, "countersign.db");

    string Ring => Path.Combine(_command.DataDirectory, "keyring.json");

    string[] Data => ["--Countersign:DataDirectory", _command.DataDirectory];

    public void Dispose() => _command.Dispose();

    [Theory]
    [InlineData("not a database")]
    [InlineData("is damaged")]
    public async Task A_damaged_store_is_named_with_the_remedy_by_the_server_and_the_verbs(string said)
    {
        await _command.BannerAsync();
        Gather();
        if (said == "is damaged")
        {
            using var file = new FileStream(Store, FileMode.Open);
            file.SetLength(4096);
        }
        else
        {
            await File.WriteAllTextAsync(Store, new string('x', 20_000), TestContext.Current.CancellationToken);
        }

        foreach (var verb in new string[][] { ["credentials"], ["try", "+46701740699"], ["--urls", "http://127.0.0.1:0"] })
        {
            var error = Sentence(await _command.RunAsync([.. verb, .. Data]));

            Assert.Contains(Store, error, StringComparison.Ordinal);
            Assert.Contains(said, error, StringComparison.Ordinal);
            Assert.Contains("Restore it from a backup", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_empty_store_has_no_account_yet()
    {
        await _command.BannerAsync();
        Gather();
        await File.WriteAllBytesAsync(Store, [], TestContext.Current.CancellationToken);

        var error = Sentence(await _command.RunAsync(["credentials", .. Data]));

        Assert.Contains($"There is no account in {_command.DataDirectory} yet. Start the server once", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ring_of_other_data_is_told_by_the_verbs_as_by_the_server()
    {
        using var other = new ServerCommand();
        await _command.BannerAsync();
        await other.BannerAsync();
        File.Copy(Path.Combine(other.DataDirectory, "keyring.json"), Ring, overwrite: true);

        foreach (var verb in new string[][] { ["credentials"], ["try", "+46701740699"], ["--urls", "http://127.0.0.1:0"] })
            Assert.StartsWith("The key ring does not belong to this data: its key 1 is another one. Restore the ring", Sentence(await _command.RunAsync([.. verb, .. Data])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_another_user_are_named_with_the_remedy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can give files to another user.");
        await _command.BannerAsync();
        Give(Ring);
        foreach (var verb in new[] { "credentials", "rotate-key" })
        {
            var error = Sentence(await _command.RunPlainAsync([verb, .. Data]));

            Assert.Contains(Ring, error, StringComparison.Ordinal);
            Assert.Contains("Run this as the user that owns", error, StringComparison.Ordinal);
        }

        // The ring may be read, and nothing else.
        Give("--no-dereference", "0", Ring);
        foreach (var file in Directory.EnumerateFiles(_command.DataDirectory, "countersign.*"))
            Give(file);
        foreach (var verb in new string[][] { ["credentials"], ["--urls", "http://127.0.0.1:0"] })
        {
            var error = Sentence(await _command.RunPlainAsync([.. verb, .. Data]));

            Assert.Contains(Path.Combine(_command.DataDirectory, "countersign."), error, StringComparison.Ordinal);
            Assert.Contains("Run this as the user that owns", error, StringComparison.Ordinal);
        }

        // What lies in a directory that one may not look into is there all the same.
        Give(_command.DataDirectory);
        Assert.Contains("Run this as the user that owns", Sentence(await _command.RunPlainAsync(["credentials", .. Data])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ring_that_cannot_be_written_or_found_is_named_with_the_remedy()
    {
        var missing = Sentence(await _command.RunAsync(["rotate-key", .. Data]));
        await _command.BannerAsync();
        Directory.CreateDirectory(Ring + ".new");

        var error = Sentence(await _command.RunAsync(["rotate-key", .. Data]));

        Assert.Contains($"{Ring}. Name the server's with --Countersign:KeyRing or --Countersign:DataDirectory, or restore it", missing, StringComparison.Ordinal);
        Assert.Contains($"{Ring} cannot be written", error, StringComparison.Ordinal);
        Assert.Contains("chown", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_missing_or_none_is_named_with_its_setting()
    {
        string[] tls = ["--urls", "https://127.0.0.1:0", "--Kestrel:Certificates:Default:Path", Ring, "--Kestrel:Certificates:Default:KeyPath", "/nowhere.key", .. Data];

        var none = Sentence(await _command.RunAsync(["--Kestrel:Certificates:Default:Path=/nowhere.pem", .. tls[..2], .. tls[4..]]));
        var wrong = Sentence(await _command.RunAsync(tls));

        Assert.Contains("Kestrel:Certificates:Default:Path names /nowhere.pem, and there is no such file", none, StringComparison.Ordinal);
        Assert.Contains("Kestrel:Certificates:Default:", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_are_for_the_address_that_is_set_and_where_none_is_say_how_to()
    {
        await _command.BannerAsync();

        var (_, guessed, _) = await _command.RunAsync(["credentials", .. Data]);
        var (_, set, _) = await _command.RunAsync(["credentials", .. Data, "--urls", "http://127.0.0.1:8090"]);
        var (_, shared, _) = await _command.RunAsync(["credentials", .. Data, "--Countersign:PublicUrl", "https://verify.example.com"]);

        Assert.Contains(" http://localhost:8080/v2/Services/", guessed, StringComparison.Ordinal);
        Assert.Contains("add the server's --urls or", guessed, StringComparison.Ordinal);
        Assert.Contains(" http://127.0.0.1:8090/v2/Services/", set, StringComparison.Ordinal);
        Assert.Contains(" https://verify.example.com/v2/Services/", shared, StringComparison.Ordinal);
        Assert.DoesNotContain("--urls", set + shared, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credential", "There is no verb credential. Did you mean credentials? Try: dotnet Countersign.Server.dll help")]
    [InlineData("rotate_key", "Did you mean rotate-key?")]
    [InlineData("Try", "Did you mean try?")]
    [InlineData("frobnicate", "There is no verb frobnicate. Try: ")]
    public async Task A_misspelt_verb_gets_the_nearest(string verb, string said) => Assert.StartsWith(
        said.StartsWith("There", StringComparison.Ordinal) ? said : $"There is no verb {verb}. {said}", Sentence(await _command.RunAsync([verb])), StringComparison.Ordinal);

    [Theory]
    [InlineData("--foo=x", "There is no option --foo. Options: dotnet Countersign.Server.dll try --help")]
    [InlineData("--chanel=sms", "There is no option --chanel. Did you mean --channel? Options: dotnet Countersign.Server.dll try --help")]
    public async Task An_option_that_try_does_not_have_points_to_its_help(string option, string said) =>
        Assert.Equal(said, Sentence(await _command.RunAsync(["try", "+46701740699", option])).Trim());

    [Fact]
    public async Task Try_takes_a_settings_value_for_no_number()
    {
        await _command.BannerAsync();

        var error = Sentence(await _command.RunAsync(["try", .. Data, "+46701740699", "--server", "http://127.0.0.1:9"]), "Sending…");

        Assert.Contains("No server answers at http://127.0.0.1:9/", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ring_that_is_lost_is_told_by_the_verbs_as_by_the_server()
    {
        await _command.BannerAsync();
        File.Delete(Ring);

        foreach (var verb in new string[][] { ["credentials"], ["try", "+46701740699"], ["--urls", "http://127.0.0.1:0"] })
            Assert.StartsWith($"There is data beside it, but no key ring at {Ring}. Restore it from a backup", Sentence(await _command.RunAsync([.. verb, .. Data])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Try_tells_an_unknown_carrier_and_another_servers_credentials_apart()
    {
        await using var server = await RunningServer.StartAsync([]);
        var address = server.Address.ToString();
        await _command.BannerAsync();

        var unknown = Sentence(await _command.RunAsync(["try", "+46701740699", "--carriers", "nope", "--server", address, "--Countersign:DataDirectory", Path.GetDirectoryName(server.DatabasePath)!]), "Sending…");
        var foreign = Sentence(await _command.RunAsync(["try", "+46701740699", "--server", address, .. Data]), "Sending…");

        Assert.Contains("The account has no carrier of the name nope", unknown, StringComparison.Ordinal);
        Assert.Contains("these are not that server's credentials. Check --server, and the data that is named here with --Countersign:DataDirectory", foreign, StringComparison.Ordinal);
    }

    /// <summary>The one line that the program ended with.</summary>
    static string Sentence((int ExitCode, string Output, string Error) ended, string before = "")
    {
        var lines = ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != before).ToList();
        Assert.True(lines.Count == 1 && ended.ExitCode == 1 && ended.Output.Length == 0, $"{ended.ExitCode}\n{ended.Output}\n{ended.Error}");
        return lines[0];
    }

    /// <summary>Brings what a killed server left in its log into the file.</summary>
    void Gather()
    {
        using var connection = new SqliteConnection($"Data Source={Store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
    }

    static void Give(string file) => Give("--no-dereference", "65534", file);

    static void Give(params string[] arguments)
    {
        using var chown = System.Diagnostics.Process.Start("chown", arguments);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }
}
