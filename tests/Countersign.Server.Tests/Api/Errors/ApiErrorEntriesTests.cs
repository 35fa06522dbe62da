using Countersign.Core.Delivery.Errors;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Tests.Api.Errors;

public sealed class ApiErrorEntriesTests
{
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
