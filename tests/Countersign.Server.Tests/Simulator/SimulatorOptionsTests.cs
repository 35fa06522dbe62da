using System.Net;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Simulator;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Simulator;

public sealed class SimulatorOptionsTests
{
    [Fact]
    public void Options_of_the_command_line_make_one_rule_for_every_number()
    {
        var options = Read("--loss", "0.1", "--latency", "200-1500", "--receipts", "failures", "--receipt-delay", "2000", "--refusal", "throttled:0.2", "--undelivered", "unreachable", "--filter", "casino,lottery", "--rate", "10");

        var rule = Assert.Single(options.Rules);
        Assert.Equal(("", 0.1, ReceiptMode.Failures, 10), (rule.Prefix, rule.Loss, rule.Receipts, rule.MessagesPerSecond));
        Assert.Equal(new Spread(TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(1500)), rule.Latency);
        Assert.Equal((new Mishap(DeliveryError.Throttled, 0.2), new Mishap(DeliveryError.Unreachable)), (rule.Refusal, rule.Undelivered));
        Assert.Equal(["casino", "lottery"], rule.Filter);
    }

    [Fact]
    public void Without_options_it_listens_on_loopback_without_smpp_and_makes_a_token_up()
    {
        var options = Read();

        Assert.Equal(("http://127.0.0.1:9090", (IPEndPoint?)null), (options.Urls, options.Smpp));
        Assert.Matches("^[0-9a-f]{32}$", options.Token);
        Assert.NotEqual(options.Token, Read().Token);
        Assert.Empty(options.Rules);
    }

    [Fact]
    public void A_file_of_rules_and_the_rule_for_every_number_go_together()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{"rules":[{"prefix":"+46","loss":1}]}""");

        var options = Read("--rules", file, "--loss", "0.5", "--magic", "+467017406", "--magic-refused", "+3363998");

        File.Delete(file);
        Assert.Equal(["+46", ""], options.Rules.Select(rule => rule.Prefix));
        Assert.Equal([("+467017406", false), ("+3363998", true)], options.Magic);
    }

    [Theory]
    [InlineData("--loss")]
    [InlineData("--loss", "2")]
    [InlineData("--loss", "some")]
    [InlineData("--latency", "5-1")]
    [InlineData("--latency", "fast")]
    [InlineData("--refusal", "nothing")]
    [InlineData("--refusal", "filtered:x")]
    [InlineData("--smpp", "nowhere")]
    [InlineData("--account", "AC1")]
    [InlineData("--token", "short")]
    [InlineData("--magic", "46")]
    [InlineData("--rules", "/no/such/file")]
    [InlineData("--what", "ever")]
    public void What_is_wrong_is_said(params string[] args)
    {
        Assert.Null(SimulatorOptions.Read(args, DateTimeOffset.UnixEpoch, RandomSource.System, out var problem));
        Assert.NotEqual("", problem);
    }

    [Fact]
    public async Task The_help_lists_the_verb_and_the_verb_has_its_own()
    {
        using var command = new ServerCommand();

        Assert.Contains("  simulator ", (await command.RunAsync(["help"])).Output, StringComparison.Ordinal);
        Assert.StartsWith("usage: dotnet Countersign.Server.dll simulator", (await command.RunAsync(["simulator", "--help"])).Output, StringComparison.Ordinal);
        var wrong = await command.RunAsync(["simulator", "--loss", "2"]);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("rules[0].loss", wrong.Error, StringComparison.Ordinal);
    }

    static SimulatorOptions Read(params string[] args)
    {
        var options = SimulatorOptions.Read(args, DateTimeOffset.UnixEpoch, RandomSource.System, out var problem);
        Assert.Equal("", problem);
        return options!;
    }
}
