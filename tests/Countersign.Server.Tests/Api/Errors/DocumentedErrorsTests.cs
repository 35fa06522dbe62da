using System.Globalization;
using Countersign.Server.Api.Errors;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Errors;

/// <summary>Every error that Twilio documents is either provoked over HTTP, with its status, or is known not to arise, with the reason.</summary>
public sealed class DocumentedErrorsTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly IReadOnlyDictionary<int, Func<RunningServer, Task<Answer>>> Provocations = Provoked.ByCode.Concat(ProvokedByFactors.ByCode).ToDictionary();

    public static TheoryData<int> Codes => [.. Provocations.Keys.Order()];

    [Theory, MemberData(nameof(Codes))]
    public async Task It_is_answered_with_its_status(int code)
    {
        var documented = DocumentedErrors.Statuses[code];

        var answer = await Provocations[code](server);

        Assert.True(answer.Status >= 400, $"{code} was to be provoked, and it went well: {answer.Body}");
        Assert.True(code == answer.Number("code"), $"{code} was to be provoked, and this came: {answer.Body}");
        Assert.Equal(documented == 0 ? ApiErrorEntries.Find(code)!.Status : documented, answer.Status);
        Assert.Equal(answer.Status, answer.Number("status"));
        Assert.EndsWith("/admin/v1/errors/" + code.ToString(CultureInfo.InvariantCulture), answer.Text("more_info"), StringComparison.Ordinal);
        Assert.NotEmpty(answer.Text("message")!);
        Assert.NotEmpty(answer.Text("details.reason")!);
        Assert.Equal(answer.Status is 429 && answer.Has("details.retry_after"), answer.Headers.ContainsKey("Retry-After") && answer.Status is 429);
    }

    [Fact]
    public void None_is_forgotten_and_none_is_in_both_lists()
    {
        var listed = Provocations.Keys.Concat(DocumentedErrors.CannotArise.Keys).Order().ToList();

        Assert.Equal(DocumentedErrors.Statuses.Keys.Order(), listed);
    }

    /// <summary>60248 is defined and answered by nothing, which docs/errors.md says.</summary>
    [Fact]
    public void What_the_dictionary_has_as_our_own_answer_is_provoked() =>
        Assert.Equal([60248], ApiErrorEntries.All.Select(entry => entry.Code).Where(DocumentedErrors.CannotArise.ContainsKey));

    [Fact]
    public void The_dictionary_has_the_documented_status_of_each() => Assert.All(
        ApiErrorEntries.All.Where(entry => DocumentedErrors.Statuses.GetValueOrDefault(entry.Code) != 0),
        entry => Assert.Equal(DocumentedErrors.Statuses[entry.Code], entry.Status));
}
