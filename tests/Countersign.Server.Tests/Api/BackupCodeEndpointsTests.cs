using System.Security.Cryptography;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class BackupCodeEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Ten_codes_are_shown_once_and_each_is_good_once()
    {
        var path = NewPath();
        var made = (await server.Api.PostAsync(path)).AssertStatus(201);
        var codes = Codes(made);

        Assert.Equal(10, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches("^[346789BCDFGHJKMNPQRTVWXY]{5}-[346789BCDFGHJKMNPQRTVWXY]{5}$", code));
        Assert.Equal(["sid", "account_sid", "service_sid", "entity_sid", "identity", "codes", "codes_left", "date_created", "date_updated"], made.NamesAt(""));
        var read = (await server.Api.GetAsync(path)).AssertStatus(200);
        Assert.Equal(made.NamesAt("").Except(["codes"]), read.NamesAt(""));
        for (var left = 9; left >= 0; left--)
        {
            var checkedOnce = (await CheckAsync(path, codes[left])).AssertStatus(200);
            Assert.Equal(("approved", true, left), (checkedOnce.Text("status"), checkedOnce.At("valid").GetBoolean(), checkedOnce.Number("codes_left")));
        }

        var again = (await CheckAsync(path, codes[0])).AssertStatus(200);
        Assert.Equal(("pending", false, 0), (again.Text("status"), again.At("valid").GetBoolean(), again.Number("codes_left")));
        Assert.Equal(0, (await server.Api.GetAsync(path)).Number("codes_left"));
    }

    [Fact]
    public async Task A_code_is_read_as_people_type_it()
    {
        var path = NewPath();
        var codes = Codes((await server.Api.PostAsync(path)).AssertStatus(201));

        foreach (var typed in new[] { codes[0].ToLowerInvariant(), codes[1].Replace("-", "", StringComparison.Ordinal), " " + codes[2].Replace('-', ' ') + " ", string.Join('-', codes[3].ToCharArray()) })
            Assert.Equal("approved", (await CheckAsync(path, typed)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task A_new_set_takes_the_place_of_the_old_and_removing_it_leaves_nothing()
    {
        var path = NewPath();
        var old = Codes((await server.Api.PostAsync(path)).AssertStatus(201));
        var codes = Codes((await server.Api.PostAsync(path)).AssertStatus(201));

        Assert.Equal("pending", (await CheckAsync(path, old[0])).AssertStatus(200).Text("status"));
        Assert.Equal("approved", (await CheckAsync(path, codes[0])).AssertStatus(200).Text("status"));
        (await server.Api.DeleteAsync(path)).AssertStatus(204);
        (await server.Api.DeleteAsync(path)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await CheckAsync(path, codes[1])).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task After_five_wrong_codes_nothing_is_looked_at_for_a_while_and_a_new_set_does_not_help()
    {
        await using var own = await RunningServer.StartAsync([]);
        var path = NewPath();
        var codes = Codes((await own.Api.PostAsync(path)).AssertStatus(201));
        foreach (var wrong in new[] { "33333-33333", "what is no code", "1", "4444444444", "55555-55555" })
            Assert.Equal("pending", (await CheckAsync(path, wrong, own)).AssertStatus(200).Text("status"));

        (await CheckAsync(path, codes[0], own)).AssertError(429, 60310, "max_backup_code_checks").AssertRetryIn(900);
        var anew = Codes((await own.Api.PostAsync(path)).AssertStatus(201));
        (await CheckAsync(path, anew[0], own)).AssertError(429, 60310, "max_backup_code_checks");
        own.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("approved", (await CheckAsync(path, anew[0], own)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task Of_many_tries_with_one_code_at_once_one_is_approved()
    {
        var path = NewPath();
        var code = Codes((await server.Api.PostAsync(path)).AssertStatus(201))[0];

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => CheckAsync(path, code)));

        Assert.Single(answers, answer => answer.Status == 200 && answer.Text("status") == "approved");
        Assert.Equal(5, answers.Count(answer => answer.Status == 200 && answer.Text("status") == "pending"));
        Assert.Equal(9, (await server.Api.GetAsync(path)).Number("codes_left"));
    }

    [Fact]
    public async Task The_codes_of_another_person_or_service_are_wrong()
    {
        var (path, other) = (NewPath(), NewPath());
        var codes = Codes((await server.Api.PostAsync(path)).AssertStatus(201));
        var elsewhere = path.Replace(RunningServer.ServicePath, await server.NewServiceAsync(), StringComparison.Ordinal);
        (await server.Api.PostAsync(other)).AssertStatus(201);
        (await server.Api.PostAsync(elsewhere)).AssertStatus(201);

        Assert.Equal("pending", (await CheckAsync(other, codes[0])).AssertStatus(200).Text("status"));
        Assert.Equal("pending", (await CheckAsync(elsewhere, codes[0])).AssertStatus(200).Text("status"));
        Assert.Equal("approved", (await CheckAsync(path, codes[0])).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task Neither_a_set_nor_its_codes_are_among_the_factors_that_Twilio_knows_and_a_check_needs_a_code()
    {
        var path = NewPath();
        var made = (await server.Api.PostAsync(path)).AssertStatus(201);

        Assert.DoesNotContain(made.Text("sid")!, (await server.Api.GetAsync(path.Replace("/BackupCodes", "/Factors", StringComparison.Ordinal))).AssertStatus(200).Body, StringComparison.Ordinal);
        (await server.Api.PostAsync(path + "/Check")).AssertError(400, 60306, "missing");
    }

    [Fact]
    public async Task A_set_is_no_factor_that_could_be_read_changed_or_deleted_at_the_paths_of_factors()
    {
        var path = NewPath();
        var made = (await server.Api.PostAsync(path)).AssertStatus(201);
        var asFactor = path.Replace("/BackupCodes", "/Factors/" + made.Text("sid"), StringComparison.Ordinal);

        (await server.Api.GetAsync(asFactor)).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(asFactor, ("FriendlyName", "Mine"))).AssertError(404, 20404, "not_found");
        (await server.Api.DeleteAsync(asFactor)).AssertError(404, 20404, "not_found");

        var after = (await server.Api.GetAsync(path)).AssertStatus(200);
        Assert.Equal((made.Text("sid"), made.Text("date_updated"), 10), (after.Text("sid"), after.Text("date_updated"), after.Number("codes_left")));
        Assert.Equal("approved", (await CheckAsync(path, Codes(made)[0])).AssertStatus(200).Text("status"));
    }

    static string NewPath() => $"{RunningServer.ServicePath}/Entities/person-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}/BackupCodes";

    IReadOnlyList<string> Codes(Answer made) => [.. made.At("codes").EnumerateArray().Select(code => server.Secret(code.GetString()!))];

    Task<Answer> CheckAsync(string path, string code, RunningServer? own = null) => (own ?? server).Api.PostAsync(path + "/Check", ("Code", code));
}
