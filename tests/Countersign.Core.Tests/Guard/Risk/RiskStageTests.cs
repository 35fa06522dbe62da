using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Remembering;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Guard.Sharing;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PhoneNumbers;
using PhoneNumber = Countersign.Core.Numbers.PhoneNumber;

namespace Countersign.Core.Tests.Guard.Risk;

public sealed class RiskStageTests
{
    const string London = "203.0.113.7", LondonToo = "203.0.113.9", Tokyo = "198.51.100.7", Rented = "192.0.2.7", LondonElsewhere = "192.0.2.77";

    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    readonly DestinationIndex _index = new(Rings.WithKeys(1));
    readonly Places _places = new();
    readonly Gate _gate = new();
    readonly RiskStage _stage;

    public RiskStageTests() => _stage = NewStage(_gate);

    [Fact]
    public void Against_a_start_of_which_nothing_is_known_nothing_speaks()
    {
        Assert.Equal((0, ""), Judged(Start(Desk.Bob)));
        Assert.Equal((0, ""), Judged(Start(Desk.Bob, London, new CallerSignals { UserAgent = "Mozilla/5.0 (Windows NT 10.0)", DeviceFingerprint = "a" })));
        Assert.Equal((0, ""), Judged(Start(EmailAddress.TryParse("ann@example.com", out var mail, out _) ? mail : throw new InvalidOperationException())));
    }

    [Theory]
    [InlineData("curl/8.5.0", "automated_client")]
    [InlineData("python-requests/2.31", "automated_client")]
    [InlineData("Mozilla/5.0 HeadlessChrome/120", "automated_client")]
    [InlineData("okhttp/4.12.0", "")]
    [InlineData("MyApp/3 CFNetwork/1490 Darwin/23", "")]
    public void A_user_agent_tells_scripts(string agent, string reasons) => Assert.Equal(reasons, Judged(Start(Desk.Bob, caller: new() { UserAgent = agent })).Reasons);

    [Theory]
    [InlineData(1, "new_account")]
    [InlineData(23, "new_account")]
    [InlineData(25, "")]
    [InlineData(-1, "new_account")]
    public void An_account_is_new_for_a_day(int hours, string reasons) =>
        Assert.Equal(reasons, Judged(Start(Desk.Bob, caller: new() { AccountCreatedAt = Noon.AddHours(-hours) })).Reasons);

    [Fact]
    public void A_device_abroad_and_one_in_a_data_centre_are_seen_by_their_addresses()
    {
        Assert.Equal("country_mismatch", Judged(Start(Desk.Bob, Tokyo)).Reasons);
        Assert.Equal("hosting_network", Judged(Start(Desk.Bob, Rented)).Reasons);
    }

    [Fact]
    public void A_number_of_internet_telephony_is_seen()
    {
        // Not written out: it is nobody's by the library's word only.
        var util = PhoneNumberUtil.GetInstance();
        var number = PhoneNumber.Restore(util.Format(util.GetExampleNumberForType("GB", PhoneNumberType.VOIP), PhoneNumberFormat.E164));

        Assert.Equal("voip", Judged(Start(number)).Reasons);
    }

    [Theory]
    [InlineData(LineType.Voip, "voip")]
    [InlineData(LineType.FixedVoip, "voip")]
    [InlineData(LineType.Mobile, "")]
    public void What_the_operators_table_says_of_a_line_goes_before_the_numbering_plan(LineType type, string reasons)
    {
        var stage = new RiskStage(new RiskOptions { ApprovalBits = 10 }, _index, Rings.WithKeys(1), _places, NullLogger<RiskStage>.Instance, lines: new Table(type));
        var start = Start(Desk.Bob);

        Assert.Null(stage.Judge(start, Noon));

        Assert.Equal(reasons, string.Join(',', RiskReasons.NamesOf(start.Risk!.Reasons)));
    }

    [Fact]
    public void Scores_that_nothing_follows_from_are_in_the_log_too_a_few_a_second()
    {
        var (time, said) = (new FakeTimeProvider(Noon), new Lines());
        var stage = new RiskStage(new RiskOptions { ApprovalBits = 10 }, _index, Rings.WithKeys(1), _places, said, time: time);
        for (var i = 0; i < 30; i++)
            stage.Judge(Start(Desk.Bob, Tokyo), Noon);
        stage.Judge(Start(Desk.Bob), Noon);
        time.Advance(TimeSpan.FromSeconds(1));
        stage.Judge(Start(Desk.Bob, Tokyo), Noon);

        Assert.Equal(21, said.Count);
        Assert.All(said, line => Assert.Contains("country_mismatch", line, StringComparison.Ordinal));
        Assert.EndsWith(": allow, watched", said[0], StringComparison.Ordinal);
        Assert.EndsWith(": allow, watched; 10 others before it were not told", said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_night_counts_beside_another_reason_only()
    {
        var night = Noon.AddHours(15);

        Assert.Equal((0, ""), Judged(Start(Desk.Bob, London), night));
        Assert.Equal("automated_client,unusual_hour", Judged(Start(Desk.Bob, London, new() { UserAgent = "curl/8" }), night).Reasons);
        // Three at night in London is noon in Tokyo, where the device is.
        Assert.Equal("country_mismatch", Judged(Start(Desk.Bob, Tokyo), night).Reasons);
    }

    [Fact]
    public async Task What_a_number_was_approved_with_is_known_and_everything_else_is_new()
    {
        await ApproveAsync(Desk.Bob, London, "phone");

        Assert.Equal((0, ""), Judged(Start(Desk.Bob, LondonToo, new() { DeviceFingerprint = "phone" })));
        Assert.Equal("new_device", Judged(Start(Desk.Bob, London, new() { DeviceFingerprint = "laptop" })).Reasons);
        Assert.Equal("new_network,hosting_network", Judged(Start(Desk.Bob, LondonElsewhere)).Reasons);
        Assert.Equal("", Judged(Start(Desk.Ann)).Reasons);
    }

    [Fact]
    public async Task Three_devices_are_remembered()
    {
        foreach (var device in (string[])["one", "two", "three", "four"])
        {
            await ApproveAsync(Desk.Bob, London, device);
        }

        Assert.Equal("", Judged(Start(Desk.Bob, caller: new() { DeviceFingerprint = "two" })).Reasons);
        Assert.Equal("new_device", Judged(Start(Desk.Bob, caller: new() { DeviceFingerprint = "one" })).Reasons);
    }

    [Fact]
    public async Task Nobody_is_in_London_and_an_hour_later_in_Tokyo()
    {
        await ApproveAsync(Desk.Bob, London, "phone");

        Assert.Equal("new_network,new_country,impossible_travel,country_mismatch", Judged(Start(Desk.Bob, Tokyo), Noon.AddHours(1)).Reasons);
        Assert.Equal("new_network,new_country,country_mismatch", Judged(Start(Desk.Bob, Tokyo), Noon.AddHours(12)).Reasons);
    }

    [Fact]
    public async Task A_known_device_halves_the_score()
    {
        await ApproveAsync(Desk.Bob, London, "phone");

        var stranger = Judged(Start(Desk.Bob, Tokyo), Noon.AddHours(1)).Score;
        var known = Judged(Start(Desk.Bob, Tokyo, new() { DeviceFingerprint = "phone" }), Noon.AddHours(1)).Score;

        Assert.Equal((44, 22), (stranger, known));
    }

    [Fact]
    public async Task In_a_carriers_own_network_being_elsewhere_says_nothing()
    {
        _places.Networks[Tokyo] = _places.Networks[London];
        await ApproveAsync(Desk.Bob, London, "phone");

        Assert.Equal("country_mismatch", Judged(Start(Desk.Bob, Tokyo), Noon.AddHours(1)).Reasons);
    }

    [Fact]
    public async Task A_number_that_replaces_one_approved_lately_weighs_more_and_is_held_against_the_old_ones_device()
    {
        Assert.Equal("number_changed", Judged(Start(Desk.Ann, caller: new() { PreviousNumber = Desk.Bob })).Reasons);
        Assert.Equal("", Judged(Start(Desk.Ann, caller: new() { PreviousNumber = Desk.Ann })).Reasons);
        await ApproveAsync(Desk.Bob, London, "phone");

        Assert.Equal("number_changed_lately", Judged(Start(Desk.Ann, caller: new() { PreviousNumber = Desk.Bob })).Reasons);
        Assert.Equal("new_device,number_changed_lately", Judged(Start(Desk.Ann, caller: new() { PreviousNumber = Desk.Bob, DeviceFingerprint = "theirs" })).Reasons);
        Assert.Equal("number_changed", Judged(Start(Desk.Ann, caller: new() { PreviousNumber = Desk.Bob }), Noon.AddDays(31)).Reasons);
    }

    [Fact]
    public void Watching_refuses_nothing_and_says_what_would_have_followed()
    {
        var start = Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: new RiskSettings(RefuseFrom: 40));

        Assert.Null(_stage.Judge(start, Noon));
        Assert.Equal((40, RiskAction.Allow, RiskAction.Refuse), (start.Risk!.Score, start.Risk.Action, start.Risk.Watched));
    }

    [Fact]
    public void Enforcing_refuses_from_the_threshold_on()
    {
        var refusal = _stage.Judge(Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: new RiskSettings(RiskMode.Enforce, RefuseFrom: 40)), Noon);

        Assert.Equal((GuardRefusalKind.Blocked, "risk"), (refusal!.Kind, refusal.Reason));
        Assert.Contains(new KeyValuePair<string, double>("score", 40), refusal.Numbers);
        Assert.Equal(["automated_client"], refusal.Lists.Single(static list => list.Key == "reasons").Value);
        Assert.Null(refusal.RetryIn);
        Assert.Null(_stage.Judge(Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: new RiskSettings(RiskMode.Enforce, 0, 0, 41)), Noon));
    }

    [Fact]
    public async Task A_refusal_that_time_puts_right_says_when()
    {
        await ApproveAsync(Desk.Bob, London, "phone");

        var refusal = _stage.Judge(Start(Desk.Bob, Tokyo, settings: new RiskSettings(RiskMode.Enforce, RefuseFrom: 40)), Noon.AddHours(1));

        // 9,560 km, less the two radii of 50.
        Assert.InRange(refusal!.RetryIn!.Value.TotalHours, 8.4, 8.6);
    }

    [Theory]
    [InlineData(1.5, 23.5, null)] // Two at night is no better than half past one.
    [InlineData(0.5, 23.25, null)] // The night begins while it is waited for.
    [InlineData(1.5, 20, 4.0)] // By half past five it is over.
    [InlineData(12, 20, 4.0)]
    public void A_refusal_that_the_night_would_keep_up_does_not_say_that_time_puts_it_right(double hour, double age, double? retryIn)
    {
        var at = new DateTimeOffset(2026, 1, 15, 0, 0, 0, TimeSpan.Zero).AddHours(hour);

        var refusal = _stage.Judge(
            Start(Desk.Bob, caller: new() { UserAgent = "curl/8", AccountCreatedAt = at.AddHours(-age) }, settings: new RiskSettings(RiskMode.Enforce, 0, 0, 42)), at);

        Assert.Equal(retryIn, refusal!.RetryIn?.TotalHours);
    }

    [Fact]
    public void A_challenge_is_asked_for_with_more_work_the_higher_the_score()
    {
        var settings = new RiskSettings(RiskMode.Enforce, ChallengeFrom: 20);

        var refusal = _stage.Judge(Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: settings), Noon);

        Assert.Equal(("solve_this", 2), (refusal!.Reason, _gate.Effort));
        Assert.Contains(new KeyValuePair<string, double>("score", 40), refusal.Numbers);
        _gate.IsSolved = true;
        var solved = Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: settings);
        Assert.Null(_stage.Judge(solved, Noon));
        Assert.Equal(RiskAction.Challenge, solved.Risk!.Action);
    }

    [Fact]
    public void Without_a_gate_what_would_be_challenged_goes_through_and_says_so()
    {
        var start = Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: new RiskSettings(RiskMode.Enforce, ChallengeFrom: 20));

        Assert.Null(NewStage(null).Judge(start, Noon));
        Assert.Equal(RiskAction.Allow, start.Risk!.Action);
    }

    [Fact]
    public void A_text_message_may_be_too_little_while_another_channel_is_open()
    {
        var settings = new RiskSettings(RiskMode.Enforce, 0, 40, 0);
        var caller = new CallerSignals { UserAgent = "curl/8" };

        var refusal = _stage.Judge(Start(Desk.Bob, caller: caller, settings: settings, open: [Channel.Sms, Channel.WhatsApp, Channel.Call]), Noon);
        Assert.Equal((GuardRefusalKind.ChannelTooWeak, "stronger_channel"), (refusal!.Kind, refusal.Reason));
        Assert.Equal(["whatsapp", "call"], refusal.Lists.Single(static list => list.Key == "channels").Value);

        var call = Start(Desk.Bob, caller: caller, settings: settings, open: [Channel.Sms, Channel.Call], channel: Channel.Call);
        Assert.Null(_stage.Judge(call, Noon));
        Assert.Equal((RiskAction.StrongerChannel, true), (call.Risk!.Action, call.WithoutSms));
    }

    [Fact]
    public void What_the_caller_vouches_for_is_not_judged()
    {
        var settings = new RiskSettings(RiskMode.Enforce, RefuseFrom: 1);
        var start = Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: settings, riskCheck: false);

        Assert.Null(_stage.Judge(start, Noon));
        Assert.Null(start.Risk);
        Assert.Null(_stage.Judge(Start(Desk.Bob, caller: new() { UserAgent = "curl/8" }, settings: settings with { Mode = RiskMode.Off }), Noon));
    }

    [Fact]
    public void Memory_stays_as_large_as_it_was_set() => Assert.InRange(_stage.MemoryBytes, 1, 1024 * 80);

    [Fact]
    public async Task What_one_node_learned_another_knows_and_so_does_this_one_after_a_restart()
    {
        var wire = new LocalWire();
        var (news, other) = (new GuardNews(wire), NewStage(null));
        var telling = new RiskStage(new RiskOptions { ApprovalBits = 10 }, _index, Rings.WithKeys(1), _places, NullLogger<RiskStage>.Instance, null, null, news);
        var counts = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, RandomSource.System, new FakeTimeProvider(Noon), news);
        var hearing = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, RandomSource.System, new FakeTimeProvider(Noon), null, [other]);
        _ = hearing.ListenAsync(CancellationToken.None);
        await ApproveAsync(Desk.Bob, London, "phone", telling);
        await counts.SendAsync(CancellationToken.None);

        var restarted = NewStage(null);
        using var kept = new MemoryStream();
        ((IGuardMemory)other).Save(new BinaryWriter(kept));
        kept.Position = 0;
        ((IGuardMemory)restarted).Load(new BinaryReader(kept), Noon);

        foreach (var stage in (RiskStage[])[other, restarted])
        {
            var start = Start(Desk.Bob, Tokyo, new CallerSignals { DeviceFingerprint = "laptop" });
            Assert.Null(stage.Judge(start, Noon.AddHours(1)));
            Assert.Equal("impossible_travel,new_country,country_mismatch,new_device,new_network".Split(',').Order(), RiskReasons.NamesOf(start.Risk!.Reasons).Order());
        }
    }

    (int Score, string Reasons) Judged(StartFacts start, DateTimeOffset? at = null)
    {
        Assert.Null(_stage.Judge(start, at ?? Noon));
        return (start.Risk!.Score, string.Join(',', RiskReasons.NamesOf(start.Risk.Reasons)));
    }

    async Task ApproveAsync(PhoneNumber to, string ip, string device, RiskStage? on = null)
    {
        var stage = on ?? _stage;
        var start = Start(to, ip, new CallerSignals { DeviceFingerprint = device });
        stage.Judge(start, Noon);
        var verification = await Desk.InMemory().Desk.StartedAsync(to, details: new VerificationDetails { DeviceIp = ip });
        stage.Approved(verification with { Details = verification.Details with { Risk = start.Risk } }, _index.Of(to), Noon);
    }

    StartFacts Start(
        Destination to, string? ip = null, CallerSignals? caller = null, RiskSettings? settings = null, IReadOnlyList<Channel>? open = null, Channel channel = Channel.Sms, bool riskCheck = true) => new()
        {
            Service = Desk.InMemory().Desk.Service with { Guard = new GuardSettings { Risk = settings ?? RiskSettings.Default } },
            To = to,
            DestinationKey = _index.Of(to),
            Channel = channel,
            IsTest = false,
            HasCustomCode = false,
            DeviceIp = IpAddress.TryParse(ip, out var address) ? address : null,
            Open = open ?? [],
            Signals = new StartSignals { Caller = caller ?? CallerSignals.None, RiskCheck = riskCheck },
        };

    RiskStage NewStage(IChallengeGate? gate) =>
        new(new RiskOptions { ApprovalBits = 10 }, _index, Rings.WithKeys(1), _places, NullLogger<RiskStage>.Instance, null, gate);

    sealed class Table(LineType type) : ILineTable
    {
        public NumberRange? Find(PhoneNumber number) => new(null, null, null, type);
    }

    sealed class Lines : List<string>, ILogger<RiskStage>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Add(formatter(state, exception));
    }

    sealed class Places : IGeoSource
    {
        public Dictionary<string, uint> Networks { get; } = new() { [London] = 64496, [LondonToo] = 64496, [Tokyo] = 64497, [Rented] = 14061, [LondonElsewhere] = 14061 };

        public GeoPlace Find(IpAddress address) => address.Reveal() == Tokyo
            ? new GeoPlace("JP", 35.68f, 139.69f, 0, Networks[Tokyo])
            : new GeoPlace("GB", 51.51f, -0.13f, 0, Networks[address.Reveal()]);
    }

    sealed class Gate : IChallengeGate
    {
        public int Effort { get; private set; } = -1;

        public bool IsSolved { get; set; }

        public GuardRefusal? Ask(StartFacts start, int effort, string reason, DateTimeOffset now)
        {
            Effort = effort;
            return IsSolved ? null : new GuardRefusal(GuardRefusalKind.Blocked, "solve_this", "Solve this.");
        }
    }
}
