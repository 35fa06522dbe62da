using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Verifications;
using Countersign.Server.Tests.Api.Factors;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

/// <summary>A start that is in doubt, of a person who shows an authenticator or a backup code in the place of work. The server has a doubt about every start.</summary>
public sealed class ChallengeByFactorTests : IAsyncLifetime
{
    const string Practice = "+19815550196";

    RunningServer _server = null!;
    string _identity = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync([], static services => services.AddSingleton<IGuardStage, AlwaysInDoubt>());
        _identity = Guid.NewGuid().ToString();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_backup_code_lets_the_next_start_of_its_destination_through_as_work_does()
    {
        var (number, other) = (_server.NewNumber(), _server.NewNumber());
        var codes = await BackupCodesAsync();
        _server.Clock.Advance(PassByFactor.LeastAge);
        (await StartAsync(number)).AssertError(403, 60410, "challenge_required");

        var shown = (await CheckAsync(codes[0], number)).AssertStatus(200);

        Assert.Equal(("approved", true, 600), (shown.Text("status"), shown.At("countersign.next_start.is_open").GetBoolean(), shown.Number("countersign.next_start.expires_in")));
        (await StartAsync(other)).AssertError(403, 60410, "challenge_required");
        (await StartAsync(number)).AssertStatus(201);

        // Once more for the person who asks for the code again, and no more.
        (await StartAsync(number)).AssertStatus(201);
        (await StartAsync(number)).AssertError(403, 60410, "challenge_required");
        await _server.MessagesAsync(number, 2);
    }

    [Fact]
    public async Task An_authenticator_does_so_too_and_pays_for_the_most_doubt()
    {
        var app = await TotpApp.VerifiedAsync(_server, _identity);
        _server.Clock.Advance(TimeSpan.FromSeconds(30));
        (await StartAsync(Practice)).AssertError(403, 60410, "challenge_required");

        var shown = (await ShowAsync(app, app.Code(), Practice)).AssertStatus(201);

        Assert.Equal(("approved", true), (shown.Text("status"), shown.At("countersign.next_start.is_open").GetBoolean()));
        (await StartAsync(Practice)).AssertStatus(201);
        await _server.MessagesAsync(Practice, 1);
    }

    [Fact]
    public async Task After_a_mistyped_code_the_right_one_does_so_at_the_same_challenge()
    {
        var app = await TotpApp.VerifiedAsync(_server, _identity);
        var mistyped = (await ShowAsync(app, app.Wrong(), Practice)).AssertStatus(201);

        var shown = (await _server.Api.PostAsync($"{Path}/Challenges/{mistyped.Text("sid")}", ("AuthPayload", app.Code()), ("To", Practice))).AssertStatus(200);

        Assert.Equal(("approved", true), (shown.Text("status"), shown.At("countersign.next_start.is_open").GetBoolean()));
        (await StartAsync(Practice)).AssertStatus(201);
        await _server.MessagesAsync(Practice, 1);
    }

    [Fact]
    public async Task A_wrong_code_opens_nothing_nor_does_a_right_one_without_a_destination()
    {
        var app = await TotpApp.VerifiedAsync(_server, _identity);
        var codes = await BackupCodesAsync();
        _server.Clock.Advance(PassByFactor.LeastAge);
        var number = _server.NewNumber();

        var (wrong, wrongBackup) = ((await ShowAsync(app, app.Wrong(), number)).AssertStatus(201), (await CheckAsync("AAAAA-AAAAA", number)).AssertStatus(200));
        var (silent, silentBackup) = ((await ShowAsync(app, app.Code(), null)).AssertStatus(201), (await CheckAsync(codes[0], null)).AssertStatus(200));

        Assert.Equal(["pending", "pending", "approved", "approved"], new[] { wrong, wrongBackup, silent, silentBackup }.Select(answer => answer.Text("status")));
        Assert.All([wrong, wrongBackup, silent, silentBackup], answer => Assert.DoesNotContain("countersign", answer.NamesAt("")));
        (await StartAsync(number)).AssertError(403, 60410, "challenge_required");
    }

    [Fact]
    public async Task A_factor_that_was_made_for_the_occasion_opens_nothing_but_for_practice()
    {
        var codes = await BackupCodesAsync();
        _server.Clock.Advance(PassByFactor.LeastAge - TimeSpan.FromSeconds(1));
        var number = _server.NewNumber();

        var early = (await CheckAsync(codes[0], number)).AssertStatus(200);

        Assert.Equal(("approved", false, "factor_too_new", 1), (early.Text("status"), early.At("countersign.next_start.is_open").GetBoolean(),
            early.Text("countersign.next_start.reason"), early.Number("countersign.next_start.opens_in")));
        (await StartAsync(number)).AssertError(403, 60410, "challenge_required");
        Assert.True((await CheckAsync(codes[1], Practice)).AssertStatus(200).At("countersign.next_start.is_open").GetBoolean());
        _server.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await CheckAsync(codes[2], number)).AssertStatus(200).At("countersign.next_start.is_open").GetBoolean());
    }

    [Fact]
    public async Task After_ten_minutes_it_is_too_late()
    {
        var codes = await BackupCodesAsync();
        var number = _server.NewNumber();
        _server.Clock.Advance(PassByFactor.LeastAge);
        (await CheckAsync(codes[0], number)).AssertStatus(200);
        _server.Clock.Advance(Challenge.Lifetime);

        (await StartAsync(number)).AssertError(403, 60410, "challenge_required");
    }

    [Fact]
    public async Task A_destination_that_is_none_is_said_before_the_code_is_used_up()
    {
        var app = await TotpApp.VerifiedAsync(_server, _identity);
        var codes = await BackupCodesAsync();

        (await CheckAsync(codes[0], "+1")).AssertStatus(400);
        (await ShowAsync(app, app.Code(), "ann@")).AssertStatus(400);
        (await ShowAsync(app, null, _server.NewNumber())).AssertStatus(400);

        Assert.Equal("approved", (await CheckAsync(codes[0], "ann@example.com")).AssertStatus(200).Text("status"));
    }

    Task<Answer> StartAsync(string number) => _server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", number), ("Channel", "sms"));

    async Task<List<string>> BackupCodesAsync() =>
        [.. (await _server.Api.PostAsync(Path + "/BackupCodes")).AssertStatus(201).At("codes").EnumerateArray().Select(code => code.GetString()!)];

    Task<Answer> CheckAsync(string code, string? to) => _server.Api.PostAsync(Path + "/BackupCodes/Check", [("Code", code), .. To(to)]);

    Task<Answer> ShowAsync(TotpApp app, string? code, string? to) =>
        _server.Api.PostAsync(Path + "/Challenges", [("FactorSid", app.Sid), .. code is null ? [] : new[] { ("AuthPayload", code) }, .. To(to)]);

    static (string Name, string Value)[] To(string? to) => to is null ? [] : [("To", to)];

    string Path => $"{RunningServer.ServicePath}/Entities/{_identity}";

    sealed class AlwaysInDoubt(IChallengeGate gate) : IGuardStage
    {
        public int Order => 70;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) => gate.Ask(start, Challenge.MaxEffort, "a_doubt", now);

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
        {
        }
    }
}
