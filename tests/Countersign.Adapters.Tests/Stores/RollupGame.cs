using System.Collections.Immutable;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Random events on a store, and the naive recount of all that they left: every verification and every attempt, looked at one by one.</summary>
sealed class RollupGame(int seed, FakeTimeProvider time, Func<OpenStore> store, Func<Task> reopen)
{
    static readonly string[] Numbers = ["+447700900001", "+12025550101", "+12045550101", "+33639980001", "owl@example.com", "+46701740605"];

    readonly ReplayedRandom _random = new(seed);
    readonly Dictionary<Sid, Verification> _verifications = [];
    readonly Dictionary<Sid, int> _numbers = [];
    readonly HashSet<Sid> _unsent = [];
    readonly List<OutboxItem> _claimed = [];
    readonly List<(Sid Attempt, string Carrier)> _handed = [];

    public async Task PlayAsync(int events)
    {
        for (var i = 0; i < events; i++)
            await PlayOneAsync();
    }

    public async Task<IEnumerable<string>> RecountAsync()
    {
        var counts = new Dictionary<string, RollupCounts>();
        foreach (var verification in _verifications.Values.Where(verification => !verification.Details.IsTest))
        {
            Count(verification.CreatedAt, verification.ServiceSid, verification.To, verification.Attempts[0].Channel, "", null, RollupCounter.Starts, 1);
            if (verification.Status != VerificationStatus.Pending)
            {
                Count(verification.CreatedAt, verification.ServiceSid, verification.To, verification.Channel, "", null, verification.Status switch
                {
                    VerificationStatus.Approved => RollupCounter.Approved,
                    VerificationStatus.Canceled => RollupCounter.Canceled,
                    _ => RollupCounter.MaxAttempts,
                }, 1);
                if (verification.Status == VerificationStatus.Approved)
                    Count(verification.Attempts[^1].At, verification.ServiceSid, verification.To, verification.Channel, "", null, RollupCounter.Converted, 1);
            }

            foreach (var send in verification.Attempts)
            {
                if (await store().Attempts.FindAsync(send.Sid, CancellationToken.None) is not { } attempt)
                    continue;
                var isSent = attempt.Status is not (AttemptStatus.Failed or AttemptStatus.TooLate);
                void Add(RollupCounter counter, int by, DeliveryError? error = null) =>
                    Count(send.At, verification.ServiceSid, verification.To, send.Channel, attempt.Carrier ?? "", error, counter, by);
                Add(RollupCounter.Failed, attempt.Status == AttemptStatus.Failed ? 1 : 0, attempt.Error);
                Add(RollupCounter.TooLate, attempt.Status == AttemptStatus.TooLate ? 1 : 0);
                Add(RollupCounter.Undelivered, attempt.Status == AttemptStatus.Undelivered ? 1 : 0, attempt.Error);
                Add(RollupCounter.Sends, isSent ? 1 : 0);
                Add(RollupCounter.Segments, isSent ? attempt.Segments : 0);
                Add(RollupCounter.Delivered, attempt.Status is AttemptStatus.Delivered or AttemptStatus.Read ? 1 : 0);
                Add(RollupCounter.Read, attempt.Status == AttemptStatus.Read ? 1 : 0);
            }
        }

        return counts.Where(entry => !entry.Value.IsZero).Select(entry => $"{entry.Key}: {entry.Value}").Order(StringComparer.Ordinal);

        void Count(DateTimeOffset at, Sid service, Destination to, Channel channel, string carrier, DeliveryError? error, RollupCounter counter, int by)
        {
            var key = Key(at, service, to is PhoneNumber number ? number.Country : "", channel, carrier, error);
            var sum = counts.GetValueOrDefault(key);
            sum[counter] += by;
            counts[key] = sum;
        }
    }

    /// <summary>A row of the store as the recount writes it.</summary>
    public static string Line(RollupRow row) => $"{Key(row.At!.Value, row.Service!.Value, row.Country!, row.Channel!.Value, row.Carrier!, row.Error)}: {row.Counts}";

    static string Key(DateTimeOffset at, Sid service, string country, Channel channel, string carrier, DeliveryError? error) =>
        $"{at:yyyy-MM-dd HH} {service} {country} {channel} {carrier} {error}";

    async Task PlayOneAsync()
    {
        switch (Next(12))
        {
            case 0 or 1 or 2:
                var started = New();
                _numbers[started.Sid] = _numbers.Count;
                await store().Verifications.SendAsync(_numbers[started.Sid], started);
                Sent(started);
                break;

            case 3 when AnyPending() is { } pending && pending.Attempts.Length < VerificationLimits.MaxSends:
                var channel = AnyChannel();
                var resent = pending with { Channel = channel, Attempts = pending.Attempts.Add(Given.Attempt(time.GetUtcNow()) with { Channel = channel }) };
                await store().Verifications.SendAsync(_numbers[pending.Sid], resent);
                Sent(resent);
                break;

            case 4 or 5 when AnyPending() is { } pending:
                var status = Next(3) switch { 0 => VerificationStatus.Canceled, 1 => VerificationStatus.MaxAttemptsReached, _ => VerificationStatus.Approved };
                var ended = _verifications[pending.Sid] = pending with { Status = status };
                await store().Verifications.ApplyAsync(
                    new RecordedStep((_, _) => new StepDecision(ended)) { ServiceSid = pending.ServiceSid, VerificationSid = pending.Sid }, CancellationToken.None);
                break;

            case 6 or 7 or 8 when _unsent.Count > 0:
                if (_claimed.Count == 0)
                    _claimed.AddRange(await store().Outbox.ClaimAsync(1 + Next(5), CancellationToken.None));
                var records = _claimed.Take(1 + Next(_claimed.Count)).Select(Outcome).ToList();
                await store().Outbox.RecordAsync(records, CancellationToken.None);
                _claimed.RemoveRange(0, records.Count);
                foreach (var record in records)
                {
                    _unsent.Remove(record.Item.Attempt.Sid);
                    if (record.Carrier is { } carrier)
                        _handed.Add((record.Item.Attempt.Sid, carrier));
                }

                break;

            case 9 or 10 when _handed.Count > 0:
                var (attempt, by) = _handed[Next(_handed.Count)];
                await ReceiveAsync(attempt, by);
                break;

            case 9 when _claimed.Count > 0:
                await ReceiveAsync(_claimed[Next(_claimed.Count)].Attempt.Sid, "acme");
                break;

            case 11 when Next(4) == 0:
                await reopen();
                _claimed.Clear();
                break;

            default:
                time.Advance(TimeSpan.FromMinutes(Next(40)));
                break;
        }
    }

    Verification New()
    {
        var now = time.GetUtcNow();
        var channel = AnyChannel();
        return Given.Verification(_numbers.Count, now, Next(3) == 0 ? Given.OtherService : Given.Service) with
        {
            To = Destination.Restore(Numbers[Next(Numbers.Length)]),
            Channel = channel,
            Details = new VerificationDetails { IsTest = Next(8) == 0 },
            Attempts = [Given.Attempt(now) with { Channel = channel }],
            ExpiresAt = now.AddDays(30),
        };
    }

    void Sent(Verification verification)
    {
        _verifications[verification.Sid] = verification;
        _unsent.Add(verification.Attempts[^1].Sid);
    }

    SendRecord Outcome(OutboxItem item)
    {
        var status = (AttemptStatus)(1 + Next(3));
        return new SendRecord
        {
            Item = item,
            Status = status,
            Carrier = status == AttemptStatus.TooLate ? null : Next(2) == 0 ? "acme" : "zenith",
            CarrierMessageId = $"m-{item.Attempt.Sid}",
            Error = status == AttemptStatus.Failed ? AnyError() : null,
            Segments = Next(3),
            At = time.GetUtcNow(),
        };
    }

    Task<ReceivedReceipts> ReceiveAsync(Sid attempt, string carrier) => store().Attempts.ReceiveAsync(
        Given.Account,
        carrier,
        [.. Enumerable.Range(0, 1 + Next(2)).Select(_ => new Receipt { AttemptSid = attempt, Status = (ReceiptStatus)(1 + Next(4)), Error = Next(2) == 0 ? AnyError() : null })],
        CancellationToken.None);

    Verification? AnyPending() =>
        _verifications.Values.Where(verification => verification.Status == VerificationStatus.Pending).ToImmutableArray() is { Length: > 0 } pending ? pending[Next(pending.Length)] : null;

    Channel AnyChannel() => (Channel)(1 + Next(4));

    DeliveryError AnyError() => (DeliveryError)(1 + Next(5));

    int Next(int below)
    {
        Span<byte> bytes = stackalloc byte[4];
        _random.Fill(bytes);
        return (int)(BitConverter.ToUInt32(bytes) % (uint)below);
    }
}
