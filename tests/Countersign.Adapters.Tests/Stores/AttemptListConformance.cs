using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Lists and summaries of attempts over a store, beside a reference that looks at everything that was sent, one by one.</summary>
public abstract class AttemptListConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid[] Accounts = [Given.Account, Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC")];
    static readonly Sid[] Services = [Given.Service, Given.OtherService, Sid.Parse("VA00112233445566778899aabbccddeeff", "VA")];
    static readonly string[] Numbers = ["+447700900001", "+447700900002", "+12025550101", "+33639980001", "owl@example.com", "+46701740605"];
    static readonly string[] Mailboxes = ["owl@example.com", "lark@example.com"];
    static readonly AttemptStatus[] Outcomes = [AttemptStatus.Sent, AttemptStatus.Failed, AttemptStatus.TooLate, AttemptStatus.Delivered];

    readonly DestinationIndex _index = new(Rings.WithKeys(1));
    readonly ReplayedRandom _random = new(23);
    readonly List<SeenAttempt> _sent = [];

    [Fact]
    public async Task Any_filter_gives_what_a_look_at_everything_gives_page_by_page()
    {
        await PlayAsync();
        var list = new ListAttempts(Store.Attempts, new AttemptVerifications(Store.Verifications), _index, Time, new RetentionOptions());
        var hits = 0;

        for (var round = 0; round < 150; round++)
        {
            var filter = AnyFilter() with
            {
                Verification = Next(5) == 0 ? _sent[Next(_sent.Count)].Verification!.Sid : null,
                Destination = Next(4) == 0 ? Destination.Restore(Next(3) == 0 ? Mailboxes[Next(Mailboxes.Length)] : Numbers[Next(Numbers.Length)]) : null,
                IsConverted = Next(3) switch { 0 => true, 1 => false, _ => null },
            };
            var wanted = Reference(filter).Where(seen => filter.Destination is null || ToOf(seen) == filter.Destination.Identity).ToList();
            var size = 1 + Next(9);

            var found = new List<SeenAttempt>();
            UInt128? before = null;
            do
            {
                var page = await list.RunAsync(filter, size, before, Ct);
                Assert.True(page.Attempts.Count <= size);
                Assert.True(page.Next is null || before is null || page.Next < before, "A page leads back.");
                found.AddRange(page.Attempts);
                before = page.Next;
            }
            while (before is not null);

            hits += wanted.Count;
            Assert.Equal(wanted.Select(seen => (seen.Attempt.Sid, seen.IsConverted)).OrderByDescending(seen => seen.Sid), found.Select(seen => (seen.Attempt.Sid, seen.IsConverted)).OrderByDescending(seen => seen.Sid));
            Assert.Equal(found.Select(seen => seen.Attempt.CreatedAt).OrderDescending(), found.Select(seen => seen.Attempt.CreatedAt));
        }

        Assert.True(hits > 300, $"Only {hits} attempts were found.");
    }

    [Fact]
    public async Task Any_summary_is_what_a_look_at_everything_gives_whatever_hours_it_begins_and_ends_in()
    {
        await PlayAsync();
        var summarize = new SummarizeAttempts(Store.Attempts, new AttemptVerifications(Store.Verifications), Store.Rollups, Time, new RetentionOptions());
        var hits = 0L;

        for (var round = 0; round < 150; round++)
        {
            var filter = AnyFilter() with { Prefix = Next(3) switch { 0 => "+447700900", 1 => "+4", _ => null } };
            var wanted = Reference(filter).Where(seen => filter.Prefix is null || ToOf(seen).StartsWith(filter.Prefix, StringComparison.Ordinal)).ToList();

            var found = await summarize.RunAsync(filter, Ct);

            hits += wanted.Count;
            Assert.Equal(new AttemptSummary(wanted.Count, wanted.Count(seen => seen.IsConverted)), found);
        }

        Assert.True(hits > 300, $"Only {hits} attempts were counted.");
    }

    [Fact]
    public async Task What_is_kept_no_longer_is_in_no_list_and_in_no_sum()
    {
        await PlayAsync();
        Time.Advance(TimeSpan.FromDays(5));
        var filter = new AttemptFilter { Account = Accounts[0] };

        foreach (var (days, isThere) in new[] { (90, true), (0, true), (2, false) })
        {
            var retention = new RetentionOptions { HistoryDays = days };
            var listed = await new ListAttempts(Store.Attempts, new AttemptVerifications(Store.Verifications), _index, Time, retention).RunAsync(filter, 10, null, Ct);
            var summed = await new SummarizeAttempts(Store.Attempts, new AttemptVerifications(Store.Verifications), Store.Rollups, Time, retention).RunAsync(filter, Ct);

            Assert.Equal((isThere, isThere), (listed.Attempts.Count > 0, summed?.Total > 0));
        }
    }

    [Fact]
    public async Task A_look_ends_after_so_many_rows_whoevers_they_are_and_the_next_goes_on_there()
    {
        await PlayAsync();
        var scan = new AttemptScan { Account = Accounts[1], From = Desk.Opening.AddDays(-1), Size = 1000, Examine = 7 };

        var (looks, found) = (0, new List<Sid>());
        for (UInt128? before = null; looks == 0 || before is not null; looks++)
        {
            var slice = await Store.Attempts.ScanAsync(scan with { Before = before }, Ct);
            found.AddRange(slice.Found.Select(one => one.Attempt.Sid));
            before = slice.Next;
        }

        Assert.Equal(_sent.Where(seen => seen.Attempt is { Country: not null } attempt && attempt.AccountSid == Accounts[1]).Select(seen => seen.Attempt.Sid).Order(), found.Order());
        Assert.InRange(looks, _sent.Count / 7, (_sent.Count / 7) + 2);
    }

    /// <summary>A mail of a verification by phone went to its plan's mailbox.</summary>
    static string ToOf(SeenAttempt seen) =>
        seen is { Attempt.Channel: Channel.Email, Verification.Details.Fallback: [{ To: { } mailbox }] } ? mailbox : seen.Verification!.To.Identity;

    AttemptFilter AnyFilter()
    {
        var (one, other) = (AnyMoment(), AnyMoment());
        return new AttemptFilter
        {
            Account = Accounts[Next(4) == 0 ? 1 : 0],
            From = Next(2) == 0 ? one : null,
            To = Next(2) == 0 ? other : null,
            Service = Next(3) == 0 ? Services[Next(Services.Length)] : null,
            Country = Next(3) == 0 ? new[] { "GB", "US", "SE", "JP" }[Next(4)] : null,
            Channel = Next(3) == 0 ? Next(5) == 0 ? 0 : AnyChannel() : null,
        };
    }

    /// <summary>Mostly somewhere within an hour, sometimes exactly at a full one or at an attempt.</summary>
    DateTimeOffset AnyMoment()
    {
        var at = _sent[Next(_sent.Count)].Attempt.CreatedAt;
        return Next(4) switch { 0 => at, 1 => at.AddMilliseconds(1), 2 => new DateTimeOffset(at.Ticks - (at.Ticks % TimeSpan.TicksPerHour), at.Offset), _ => at.AddMinutes(Next(90) - 45) };
    }

    IEnumerable<SeenAttempt> Reference(AttemptFilter filter)
    {
        var now = Time.GetUtcNow();
        var floor = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerHour), now.Offset).AddHours(1).AddDays(-30);
        return _sent.Where(seen =>
            seen.Attempt is { Country: not null } attempt && attempt.AccountSid == filter.Account && attempt.CreatedAt >= floor
            && (filter.From is null || attempt.CreatedAt >= filter.From) && (filter.To is null || attempt.CreatedAt < filter.To)
            && (filter.Service is null || attempt.ServiceSid == filter.Service)
            && (filter.Verification is null || attempt.VerificationSid == filter.Verification)
            && (filter.Country is null || attempt.Country == filter.Country)
            && (filter.Channel is null || attempt.Channel == filter.Channel)
            && (filter.IsConverted is null || seen.IsConverted == filter.IsConverted));
    }

    /// <summary>Starts, resends and approvals over a month, some of them of test numbers; most of them lie in the last two days.</summary>
    async Task PlayAsync()
    {
        var kept = new List<Verification>();
        for (var i = 0; i < 130; i++)
        {
            Time.Advance(i switch { 8 => TimeSpan.FromDays(29.6), 16 => TimeSpan.FromHours(8), _ => TimeSpan.FromMinutes(Next(3) == 0 ? 0 : Next(40)) });
            var verification = Start();
            await SendAsync(verification);
            for (var resends = Next(3); resends > 0; resends--)
            {
                Time.Advance(TimeSpan.FromMinutes(Next(30)));
                var channel = ChannelTo(verification.To);
                verification = verification with { Channel = channel, Attempts = verification.Attempts.Add(Attempt(verification, channel)) };
                await SendAsync(verification);
            }

            if (Next(2) == 0)
            {
                verification = verification with { Status = VerificationStatus.Approved };
                await Store.Verifications.ApplyAsync(
                    new RecordedStep((_, _) => new StepDecision(verification)) { ServiceSid = verification.ServiceSid, VerificationSid = verification.Sid }, Ct);
            }

            kept.Add(verification);
            await RecordAsync();
        }

        await ReopenAsync();
        foreach (var verification in kept)
            foreach (var send in verification.Attempts)
                _sent.Add(new SeenAttempt((await Store.Attempts.FindAsync(send.Sid, Ct))!, verification));
    }

    Verification Start()
    {
        var now = Time.GetUtcNow();
        var (which, to) = (Next(Services.Length), Destination.Restore(Numbers[Next(Numbers.Length)]));
        var channel = ChannelTo(to);
        var verification = Given.Verification(0, now, Services[which]) with
        {
            Sid = Sid.NewOrdered("VE", now, _random, VerificationStep.ShardOf(Services[which], _index.Of(to))),
            AccountSid = Accounts[which == 2 ? 1 : 0],
            To = to,
            Channel = channel,
            Details = new VerificationDetails { IsTest = Next(12) == 0, Fallback = to is PhoneNumber && Next(2) == 0 ? [new FallbackStep(Channel.Email, 30, Mailboxes[Next(Mailboxes.Length)])] : null },
        };
        return verification with { Attempts = [Attempt(verification, channel)] };
    }

    SendAttempt Attempt(Verification verification, Channel channel)
    {
        var now = Time.GetUtcNow();
        return new SendAttempt(Sid.NewOrdered("VL", now, _random, Sid.ShardOf(verification.Sid.Value)), now, channel);
    }

    Task SendAsync(Verification verification) => Store.Verifications.ApplyAsync(
        new RecordedStep((_, _) => new StepDecision(verification, verification.Attempts[^1])) { ServiceSid = verification.ServiceSid, Destination = _index.Of(verification.To) }, Ct);

    async Task RecordAsync()
    {
        var items = await Store.Outbox.ClaimAsync(20, Ct);
        await Store.Outbox.RecordAsync(
            [.. items.Select(item => new SendRecord { Item = item, Status = Outcomes[Next(Outcomes.Length)], Carrier = "acme", CarrierMessageId = $"m-{item.Attempt.Sid}", At = Time.GetUtcNow() })], Ct);
    }

    Channel ChannelTo(Destination to) => to is EmailAddress ? Channel.Email : AnyChannel();

    Channel AnyChannel() => (Channel)(1 + Next(3));

    int Next(int below)
    {
        Span<byte> bytes = stackalloc byte[4];
        _random.Fill(bytes);
        return (int)(BitConverter.ToUInt32(bytes) % (uint)below);
    }
}
