using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Lines;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Registry;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard;

public sealed class ChannelRulesTests
{
    // The ranges that Ofcom keeps for drama: a landline in London, a premium rate.
    static readonly PhoneNumber Landline = PhoneNumber.Restore("+442079460123");
    static readonly PhoneNumber Premium = PhoneNumber.Restore("+449098790123");
    // One more of Bob's country.
    static readonly PhoneNumber Bobs = PhoneNumber.Restore("+447700900457");

    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly MemoryRegistry<AccountGeoPermissions> _accounts = new();
    readonly NumberLists _lists;
    readonly GeoStage _geo;
    readonly Table _table = new();
    readonly Desk _desk;
    readonly DestinationIndex _index = new(Rings.WithKeys(1));

    public ChannelRulesTests()
    {
        _lists = new NumberLists(new MemoryRegistry<NumberListPart>(), _index, new ReplayedRandom(3), _time);
        _geo = new GeoStage(_accounts, _lists);
        _desk = new Desk(new MemoryVerificationStore(_time), _time, guards: [new LineTypeStage(_lists, _table), _geo, new BlockListStage(_lists)]);
    }

    [Theory]
    [InlineData(GeoRule.Deny, GeoRule.Allow, "account")]
    [InlineData(GeoRule.Allow, GeoRule.Deny, "service")]
    [InlineData(GeoRule.Deny, GeoRule.Deny, "account")]
    [InlineData(GeoRule.Watch, GeoRule.Deny, "service")]
    [InlineData(GeoRule.Watch, GeoRule.Allow, null)]
    public async Task The_stricter_of_account_and_service_holds(GeoRule account, GeoRule service, string? scope)
    {
        await CloseAsync(GeoTable.AllowAll.With("GB", GeoRules.All(account)));
        CloseByService(GeoTable.AllowAll.With("GB", GeoRules.All(service)));

        var result = await _desk.StartAsync(Desk.Bob);

        if (scope is null)
        {
            Assert.IsType<CreateVerificationResult.Sent>(result);
            Assert.Equal(GeoRule.Watch, _geo.RuleFor(_desk.Service, Desk.Bob, Channel.Sms));
        }
        else
        {
            var refusal = Refused(result);
            Assert.Equal((GuardRefusalKind.GeoDenied, "country_denied"), (refusal.Kind, refusal.Reason));
            Assert.Equal([new("country", "GB"), new("channel", "sms"), new("scope", scope)], refusal.Facts);
        }
    }

    [Fact]
    public async Task What_is_sent_to_a_watched_country_is_counted_by_country_and_channel_and_nothing_else_is()
    {
        using var watched = new WatchedStarts();
        await CloseAsync(GeoTable.AllowAll.With("GB", new GeoRules(GeoRule.Watch, GeoRule.Allow, GeoRule.Deny)));
        CloseByService(GeoTable.AllowAll.With("US", new GeoRules(GeoRule.Allow, GeoRule.Watch, GeoRule.Allow)));

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann, channel: Channel.Call));
        Assert.Equal([("GB", "sms", 1), ("GB", "sms", 1), ("US", "call", 1)], watched.Counted);

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob, channel: Channel.Call));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann));
        Refused(await _desk.StartAsync(Desk.Bob, channel: Channel.WhatsApp));
        Refused(await _desk.StartAsync(Premium));
        await ListAsync(ListKind.Block, Desk.Bob);
        Refused(await _desk.StartAsync(Desk.Bob));
        TestWith(Bobs);
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Bobs));
        Assert.Equal(3, watched.Counted.Count);
    }

    [Fact]
    public async Task A_rule_is_of_one_channel_and_the_default_of_every_country_that_has_none()
    {
        await CloseAsync(new GeoTable
        {
            Default = GeoRules.All(GeoRule.Deny),
            Countries = new Dictionary<string, GeoRules> { ["GB"] = new(GeoRule.Deny, GeoRule.Allow, GeoRule.Deny) },
        });

        Refused(await _desk.StartAsync(Desk.Ann));
        Refused(await _desk.StartAsync(Desk.Bob));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob, channel: Channel.Call));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(EmailAddress.Restore("ann@example.com")));
    }

    [Fact]
    public async Task The_safe_list_is_above_geo_permissions_and_line_types_and_below_the_block_list()
    {
        await CloseAsync(new GeoTable { Default = GeoRules.All(GeoRule.Deny) });
        await ListAsync(ListKind.Safe, Desk.Bob);
        await ListAsync(ListKind.Safe, Premium);

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Premium));
        await ListAsync(ListKind.Block, Desk.Bob);

        var refusal = Refused(await _desk.StartAsync(Desk.Bob, channel: Channel.Call));
        Assert.Equal((GuardRefusalKind.Blocked, "block_list"), (refusal.Kind, refusal.Reason));
    }

    [Theory]
    [InlineData(true, true, Channel.Sms, true)]
    [InlineData(true, false, Channel.Sms, false)]
    [InlineData(false, true, Channel.Sms, false)]
    [InlineData(true, true, Channel.Call, false)]
    public async Task A_text_to_a_landline_is_skipped_where_the_service_says_so(bool skip, bool lookup, Channel channel, bool refused)
    {
        _desk.Service = _desk.Service with { SkipSmsToLandlines = skip, LookupEnabled = lookup };

        var result = await _desk.StartAsync(Landline, channel: channel);

        Assert.Equal(refused, result is CreateVerificationResult.Refused { Refusal: { Kind: GuardRefusalKind.LineTypeDenied, Reason: "landline" } });
    }

    [Fact]
    public async Task Numbers_that_may_be_mobiles_and_numbers_of_fiction_are_no_landlines()
    {
        _desk.Service = _desk.Service with { SkipSmsToLandlines = true, LookupEnabled = true };

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob));
    }

    [Fact]
    public async Task A_service_chooses_the_types_of_lines_that_it_does_not_send_to()
    {
        Assert.Equal([new("line_type", "premium_rate")], Refused(await _desk.StartAsync(Premium, channel: Channel.Call)).Facts);

        _desk.Service = _desk.Service with { Guard = new GuardSettings { DeniedLineTypes = [LineType.Mobile] } };

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Premium));
        Assert.Equal([new("line_type", "mobile")], Refused(await _desk.StartAsync(Desk.Bob)).Facts);
    }

    [Theory]
    [InlineData(LineType.Voip)]
    [InlineData(LineType.FixedVoip)]
    public async Task An_operators_table_goes_before_the_plan_where_it_tells_a_type(LineType told)
    {
        _desk.Service = _desk.Service with { Guard = new GuardSettings { DeniedLineTypes = [LineType.Voip, LineType.PremiumRate] } };
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob));

        _table.Types[Desk.Bob] = told;
        _table.Types[Premium] = LineType.Mobile;
        _table.Types[Desk.Ann] = LineType.Unknown;

        var refusal = Refused(await _desk.StartAsync(Desk.Bob));
        Assert.Equal((GuardRefusalKind.LineTypeDenied, "line_type_denied"), (refusal.Kind, refusal.Reason));
        Assert.Equal([new("line_type", "voip")], refusal.Facts);
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Premium));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann));
    }

    [Fact]
    public async Task A_landline_by_the_table_gets_no_text_and_a_ported_one_does()
    {
        _desk.Service = _desk.Service with { SkipSmsToLandlines = true, LookupEnabled = true };
        _table.Types[Desk.Ann] = LineType.FixedLine;
        _table.Types[Landline] = LineType.Mobile;

        Assert.Equal("landline", Refused(await _desk.StartAsync(Desk.Ann)).Reason);
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann, channel: Channel.Call));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Landline));
    }

    [Fact]
    public async Task A_plan_begins_with_the_first_channel_that_is_not_forbidden()
    {
        await CloseAsync(GeoTable.AllowAll.With("GB", new GeoRules(GeoRule.Deny, GeoRule.Allow, GeoRule.Deny)));

        Assert.Equal(Channel.Call, Assert.IsType<CreateVerificationResult.Sent>(await AutoAsync()).Verification.Channel);

        await CloseAsync(GeoTable.AllowAll.With("GB", GeoRules.All(GeoRule.Deny)));
        Assert.Equal(GuardRefusalKind.GeoDenied, Refused(await AutoAsync()).Kind);
    }

    [Fact]
    public async Task Who_asks_for_a_channel_without_a_carrier_is_not_sent_to_one_that_is_closed()
    {
        CloseByService(GeoTable.AllowAll.With("GB", new GeoRules(GeoRule.Allow, GeoRule.Deny, GeoRule.Allow)));

        var refused = Assert.IsType<CreateVerificationResult.ChannelDisabled>(await _desk.StartAsync(Desk.Bob, channel: Channel.Email));

        Assert.Equal([Channel.Sms, Channel.WhatsApp], refused.Open);
    }

    [Fact]
    public async Task A_test_number_is_judged_by_nothing()
    {
        await CloseAsync(new GeoTable { Default = GeoRules.All(GeoRule.Deny) });
        await ListAsync(ListKind.Block, Desk.Bob);
        TestWith(Desk.Bob);

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Bob));
    }

    Task<CreateVerificationResult> AutoAsync() => _desk.StartAsync(Desk.Bob, isAuto: true);

    Task<AccountGeoPermissions?> CloseAsync(GeoTable table) => _accounts.PutAsync(
        _desk.Service.AccountSid,
        AccountGeoPermissions.OnlyName,
        _ => new AccountGeoPermissions { AccountSid = _desk.Service.AccountSid, Table = table, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening },
        CancellationToken.None);

    void TestWith(PhoneNumber number) => _desk.Service = _desk.Service with
    {
        TestNumbers = new Dictionary<UInt128, Core.Services.TestNumber> { [_desk.Index.Of(number)] = new(number, new Core.Codes.OneTimeCode("770077")) },
    };

    void CloseByService(GeoTable table) => _desk.Service = _desk.Service with { Guard = _desk.Service.Guard with { Geo = table } };

    Task<IReadOnlyList<(ListedNumber Listed, bool IsNew)>?> ListAsync(ListKind kind, PhoneNumber number) =>
        _lists.PutAsync(kind, _desk.Service.AccountSid, [ListEntry.Of(number, _index)], null, null, keep: false, CancellationToken.None);

    static GuardRefusal Refused(CreateVerificationResult result) => Assert.IsType<CreateVerificationResult.Refused>(result).Refusal;

    sealed class Table : ILineTable
    {
        public Dictionary<PhoneNumber, LineType> Types { get; } = [];

        public NumberRange? Find(PhoneNumber number) => Types.TryGetValue(number, out var type) ? new NumberRange(null, null, null, type) : null;
    }

    /// <summary>What the counter of watched starts was told; no other tests have a country that is watched.</summary>
    sealed class WatchedStarts : IDisposable
    {
        readonly MeterListener _listener = new();

        public WatchedStarts()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "countersign.guard.watched_starts", Meter.Name: "Countersign.Guard" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                var told = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string);
                Counted.Enqueue((told["country"], told["channel"], count));
            });
            _listener.Start();
        }

        public ConcurrentQueue<(string? Country, string? Channel, long Count)> Counted { get; } = new();

        public void Dispose() => _listener.Dispose();
    }
}
