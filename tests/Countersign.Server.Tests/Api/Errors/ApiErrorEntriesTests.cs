using System.Text.RegularExpressions;
using Countersign.Core.Delivery.Errors;
using Countersign.Server.Api.Errors;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Errors;

public sealed partial class ApiErrorEntriesTests
{
    /// <summary>Callers branch on reasons, so that one which stands nowhere is one that nobody handles.</summary>
    [Fact]
    public void Every_reason_that_a_parameter_is_refused_with_is_in_the_dictionary_and_in_the_docs()
    {
        var refused = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/Countersign.Server"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Refusal().Matches(File.ReadAllText(file)).SelectMany(match => match.Groups[1].Captures)).Select(reason => reason.Value).ToHashSet();
        var told = ApiErrorEntries.All.SelectMany(entry => entry.Reasons).Select(reason => reason.Reason).ToHashSet();
        var documented = Code().Matches(Repository.Read("docs/errors.md")).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.InRange(refused.Count, 50, 500);
        Assert.Empty(refused.Except(told));
        Assert.Empty(told.Except(documented));
    }

    /// <summary>Those that send parameters' refusals under a code of their own list the reasons there as well.</summary>
    [Theory]
    [InlineData(60305, "AccessTokenEndpoints.cs")]
    [InlineData(60306, "Forms/FormBinder.cs", "FactorEndpoints.cs", "FactorForms.cs", "FactorChallengeEndpoints.cs", "PasskeyEndpoints.cs", "PasskeyConfigs.cs", "PasskeyBody.cs", "EntityEndpoints.cs")]
    public void Every_reason_of_a_code_of_factors_is_on_its_own_page(int code, params string[] files)
    {
        var refused = files.SelectMany(file => Refusal().Matches(Repository.Read($"src/Countersign.Server/Api/{file}")).SelectMany(match => match.Groups[1].Captures)).Select(reason => reason.Value).ToHashSet();

        Assert.NotEmpty(refused);
        Assert.Empty(refused.Append("invalid_identity").Append("missing").Except(ReasonsOf(code)));
    }

    [Fact]
    public void Every_reason_of_60410_is_on_its_page()
    {
        var guard = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/Countersign.Core/Guard"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        var refused = guard.SelectMany(text => Blocking().Matches(text)).Concat(FraudName().Matches(Repository.Read("src/Countersign.Core/Guard/Fraud/FraudReason.cs"))).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.InRange(refused.Count, 14, 50);
        Assert.Equal(refused.Append("risk").Order(), ReasonsOf(60410).Order());
    }

    static IEnumerable<string> ReasonsOf(int code) => ApiErrorEntries.All.Single(entry => entry.Code == code).Reasons.Select(reason => reason.Reason);

    [GeneratedRegex("""GuardRefusalKind\.(?:Blocked|ChannelTooWeak|ChallengeRequired),\s*"([a-z_]+)[",]""")]
    private static partial Regex Blocking();

    [GeneratedRegex("""=> "([a-z_]+)",""")]
    private static partial Regex FraudName();

    // A call that refuses a parameter, up to the reason in front of the sentence that explains it.
    [GeneratedRegex("""(?:Invalid|InvalidParameter|Fail)\((?:[^"()]|"[^"]*"|\([^()]*\))*?"([a-z0-9_]+)",\s*\$*"+[A-Z{@]""")]
    private static partial Regex Refusal();

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex Code();

    [Fact]
    public void Every_entry_says_what_happened_and_what_to_do_in_whole_sentences() => Assert.All(ApiErrorEntries.All, entry =>
    {
        Assert.True(entry.Title.Length is >= 5 and <= 60, entry.Title);
        Assert.All([entry.Explanation, entry.Advice, .. entry.Reasons.Select(reason => reason.Meaning)], text =>
        {
            Assert.True(text.Length > 10, text);
            Assert.EndsWith(text.EndsWith('…') ? "…" : ".", text, StringComparison.Ordinal);
        });
        Assert.InRange(entry.Status, 400, 599);
    });

    [Fact]
    public void Codes_are_unique_and_in_order()
    {
        var codes = ApiErrorEntries.All.Select(entry => entry.Code).ToList();

        Assert.Equal(codes.Distinct().Order(), codes);
    }

    [Fact]
    public void A_name_is_snake_case_and_stands_for_one_error_be_it_of_the_API_or_of_a_delivery()
    {
        var names = ApiErrorEntries.All.Select(entry => entry.Name).Concat(ErrorDictionary.All.Select(entry => entry.Name)).ToList();

        Assert.All(names, name => Assert.Matches("^[a-z]+(_[a-z]+)*$", name));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void A_reason_is_said_once_for_each_code() => Assert.All(
        ApiErrorEntries.All, entry => Assert.Equal(entry.Reasons.Count, entry.Reasons.Select(reason => reason.Reason).Distinct().Count()));

    [Fact]
    public void What_waiting_may_help_is_a_429_or_a_503() => Assert.All(
        ApiErrorEntries.All, entry => Assert.Equal(entry.Status is 429 or 503, entry.WaitingMayHelp));
}
