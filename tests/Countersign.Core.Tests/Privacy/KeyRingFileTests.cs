using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Privacy;

[UnsupportedOSPlatform("windows")]
public sealed class KeyRingFileTests : IDisposable
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly string _directory = Directory.CreateTempSubdirectory("countersign-keys-").FullName;
    readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    readonly ReplayedRandom _random = new();

    string FilePath => Path.Combine(_directory, "keyring.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_first_start_makes_a_ring_that_the_next_one_reads()
    {
        var made = KeyRingFile.LoadOrCreate(FilePath, _random, _time);

        var read = KeyRingFile.LoadOrCreate(FilePath, _random, _time);

        Assert.Equal(made.Active.Codes, read.Active.Codes);
        Assert.Equal(made.Index.Destinations, read.Index.Destinations);
    }

    [Fact]
    public void Nodes_that_start_together_on_an_empty_path_have_one_ring()
    {
        for (var round = 0; round < 50; round++)
        {
            var path = Path.Combine(_directory, $"{round}.json");
            var rings = new KeyRing[8];
            using var together = new Barrier(rings.Length);
            var nodes = Array.ConvertAll([.. Enumerable.Range(0, rings.Length)], node => new Thread(() =>
            {
                together.SignalAndWait();
                rings[node] = KeyRingFile.LoadOrCreate(path, RandomSource.System, _time);
            }));
            Array.ForEach(nodes, node => node.Start());
            Array.ForEach(nodes, node => node.Join());

            Assert.Single(rings.Select(ring => Convert.ToHexString(ring.Active.Codes)).Distinct());
            Assert.Equal([path], Directory.GetFiles(_directory, $"{round}.json*"));
        }
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        KeyRingFile.LoadOrCreate(FilePath, _random, _time);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(FilePath));

        KeyRingFile.Rotate(FilePath, _random, _time);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void Rotation_by_root_leaves_it_to_the_servers_user()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give files away.");
        KeyRingFile.LoadOrCreate(FilePath, _random, _time);
        Run("chown", "65534:65533", FilePath);

        KeyRingFile.Rotate(FilePath, _random, _time);

        Assert.Equal("65534:65533", Run("stat", "-c", "%u:%g", FilePath));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(FilePath));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_ring_that_others_may_touch_is_refused_with_the_command_that_helps(UnixFileMode tooMuch)
    {
        KeyRingFile.LoadOrCreate(FilePath, _random, _time);
        File.SetUnixFileMode(FilePath, OwnerOnly | tooMuch);

        var problem = Assert.Throws<KeyRingException>(() => KeyRingFile.Load(FilePath));

        Assert.Contains($"chmod 600 {FilePath}", problem.Message, StringComparison.Ordinal);
        Assert.Throws<KeyRingException>(() => KeyRingFile.LoadOrCreate(FilePath, _random, _time));
        Assert.Throws<KeyRingException>(() => KeyRingFile.Rotate(FilePath, _random, _time));
    }

    [Fact]
    public void A_ring_that_must_be_there_and_is_not_is_refused()
    {
        Assert.Throws<KeyRingException>(() => KeyRingFile.Load(FilePath));
        Assert.Throws<KeyRingException>(() => KeyRingFile.Rotate(FilePath, _random, _time));
        Assert.False(File.Exists(FilePath));
    }

    public static TheoryData<string> Broken => new(
        "", "[]", "null", "secret-text", "{\"keys\":\"secret-text\"}", "{\"active\":1,\"index\":1,\"keys\":[]}", "{\"active\":1,\"index\":1}",
        "{\"active\":1,\"index\":1,\"keys\":[{\"id\":1,\"secret\":\"secret-text!\"}]}",
        "{\"active\":1,\"index\":1,\"keys\":[{\"id\":1,\"secret\":\"c2VjcmV0LXRleHQ=\"}]}",
        "{\"active\":1,\"index\":1,\"keys\":[{\"id\":\"secret-text\",\"secret\":\"c2VjcmV0LXRleHQ=\"}]}",
        "{\"active\":1,\"index\":1,\"keys\":[null,{\"id\":1}]}",
        "{\"active\":\"secret-text\",\"index\":1,\"keys\":[{\"id\":1,\"secret\":\"c2VjcmV0LXRleHQ=\"}]}",
        "{\"active\":1,\"index\":1,\"keys\":[{\"id\":1e99,\"secret\":\"c2VjcmV0LXRleHQ=\"}]}",
        "{\"active\":1,\"index\":1,\"keys\":[{\"id\":1,\"secret\":\"c2VjcmV0LXRleHQ=\"},secret-text");

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_damaged_ring_is_refused_without_quoting_it(string content)
    {
        WriteOwnerOnly(content);

        var problem = Assert.Throws<KeyRingException>(() => KeyRingFile.Load(FilePath));

        Assert.DoesNotContain("secret-text", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", problem.ToString(), StringComparison.Ordinal);
        Assert.Contains("backup", problem.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused_and_left_alone()
    {
        KeyRingFile.LoadOrCreate(FilePath, _random, _time);
        var whole = File.ReadAllText(FilePath);

        for (var length = 0; length < whole.TrimEnd().Length; length++)
        {
            WriteOwnerOnly(whole[..length]);
            var problem = Assert.Throws<KeyRingException>(() => KeyRingFile.LoadOrCreate(FilePath, _random, _time));
            Assert.DoesNotContain(SecretOf(whole, 0), problem.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_the_system_does_not_let_be_written_is_told_with_the_remedy_and_the_ring_stays()
    {
        KeyRingFile.LoadOrCreate(FilePath, _random, _time);
        var whole = File.ReadAllText(FilePath);
        Directory.CreateDirectory(FilePath + ".new");

        var problem = Assert.Throws<KeyRingException>(() => KeyRingFile.Rotate(FilePath, _random, _time));

        Assert.Contains($"{FilePath} cannot be written", problem.Message, StringComparison.Ordinal);
        Assert.Contains("chown", problem.Message, StringComparison.Ordinal);
        Assert.Equal(whole, File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_ring_in_a_directory_that_is_not_there_says_which()
    {
        var nowhere = Path.Combine(_directory, "nowhere");

        var problem = Assert.Throws<KeyRingException>(() => KeyRingFile.LoadOrCreate(Path.Combine(nowhere, "k.json"), _random, _time));

        Assert.Contains($"there is no directory {nowhere}. Make it, or name another file with --Countersign:KeyRing", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotation_adds_a_key_and_keeps_the_older_ones_and_the_index()
    {
        var before = KeyRingFile.LoadOrCreate(FilePath, _random, _time);

        var second = KeyRingFile.Rotate(FilePath, _random, _time);
        var third = KeyRingFile.Rotate(FilePath, _random, _time);

        var after = KeyRingFile.Load(FilePath);
        Assert.Equal((2, 3, 3, 1), (second, third, after.Active.Id, after.Index.Id));
        Assert.Equal(before.Active.Codes, after.Find(1).Codes);
        Assert.Equal(3, new[] { 1, 2, 3 }.Select(id => Convert.ToHexString(after.Find(id).Codes)).Distinct().Count());
    }

    [Fact]
    public void What_a_crash_left_beside_the_ring_is_in_nobodys_way()
    {
        File.WriteAllText(FilePath + ".new", "half of a ri");
        var made = KeyRingFile.LoadOrCreate(FilePath, _random, _time);

        File.WriteAllText(FilePath + ".new", "half of a ri");
        File.SetUnixFileMode(FilePath + ".new", OwnerOnly | UnixFileMode.OtherRead);
        KeyRingFile.Rotate(FilePath, _random, _time);

        Assert.Equal(made.Active.Codes, KeyRingFile.Load(FilePath).Find(1).Codes);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(_directory));
    }

    static string SecretOf(string json, int index) => JsonNode.Parse(json)!["keys"]![index]!["secret"]!.GetValue<string>();

    void WriteOwnerOnly(string content)
    {
        using var file = new FileStream(FilePath, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        file.Write(Encoding.UTF8.GetBytes(content));
    }

    static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
