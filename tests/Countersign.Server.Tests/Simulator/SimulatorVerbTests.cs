using System.Net;
using System.Net.Sockets;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Simulator;

/// <summary>The simulator as people start it: what it prints, and that what it prints works.</summary>
public sealed class SimulatorVerbTests : IDisposable
{
    readonly ServerCommand _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task The_commands_of_its_banner_point_a_countersign_at_it_and_read_the_code()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var server = await RunningServer.StartAsync([]);

        (await server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/simulated", simulator.CarrierJson)).AssertStatus(201);
        (await server.Api.StartAsync("+46701740650")).AssertStatus(201);

        var code = "";
        await WaitAsync(async () =>
        {
            var messages = (await simulator.Api.GetAsync("/messages")).AssertStatus(200).At("messages");
            code = messages.GetArrayLength() == 1 ? messages[0].GetProperty("code").GetString()! : "";
            return code.Length > 0;
        });
        Assert.Equal("approved", (await server.Api.CheckAsync("+46701740650", code)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task The_help_names_it_and_it_has_help_of_its_own()
    {
        Assert.Contains("  simulator  ", (await _command.RunAsync(["help"])).Output, StringComparison.Ordinal);

        var (exitCode, output, error) = await _command.RunAsync(["simulator", "--help"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("usage: dotnet Countersign.Server.dll simulator", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--smp", "There is no option --smp.")]
    [InlineData("--rules", "The rules in ")]
    [InlineData("--urls", "--urls has x, which does not begin with http:// or https://")]
    public async Task What_it_cannot_use_ends_it_with_a_sentence(string option, string sentence)
    {
        var (exitCode, output, error) = await _command.RunAsync(["simulator", option, "x"]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_it_with_a_sentence_that_names_the_option_and_no_stack()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = $"127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var smpp = await _command.RunAsync(["simulator", "--urls", "http://127.0.0.1:0", "--smpp", taken]);
        var http = await _command.RunAsync(["simulator", "--urls", $"http://{taken}"]);

        Assert.Equal((1, "", 1, ""), (smpp.ExitCode, smpp.Output, http.ExitCode, http.Output));
        Assert.StartsWith($"SMPP cannot listen on {taken}: ", smpp.Error, StringComparison.Ordinal);
        Assert.Contains("--smpp", smpp.Error, StringComparison.Ordinal);
        Assert.Contains("Another program listens there. Start with another --urls", http.Error, StringComparison.Ordinal);
        Assert.All([smpp.Error, http.Error], error => Assert.DoesNotContain("   at ", error, StringComparison.Ordinal));
    }

    static async Task WaitAsync(Func<Task<bool>> reached)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (!await reached())
        {
            Assert.True(waiting.Elapsed < RunningServer.Patience, "It was waited for in vain.");
            await Task.Yield();
        }
    }
}
