using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Core.Delivery.Tries;

/// <summary>
/// Sends a test message to one destination through every carrier that serves it, at once and each alone: no route, no failover, no verification. What became of
/// each is kept as an attempt, so that receipts find it.
/// </summary>
public sealed class TryCarriers(
    CarrierDirectory carriers, IAttemptStore attempts, IRegistry<TryRun> runs, TimeProvider time, RandomSource random, AskCarrier ask, StartGuard guard, DestinationIndex index)
{
    const string FriendlyName = "Countersign test";

    /// <summary>Runs that are kept of an account; the oldest makes room.</summary>
    const int MaxKept = 100;

    static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(15);

    /// <summary>The first of these names that no carrier of the account has; null where all are known.</summary>
    public string? FirstUnknown(Sid account, IEnumerable<string> names) => names.FirstOrDefault(name => name != CarrierDirectory.SandboxName && carriers.Find(account, name) is null);

    /// <summary>Why the account sends nothing to the destination by that channel, whatever it is for: its block list and its geo permissions. Null where it may.</summary>
    public GuardRefusal? Forbids(Sid account, Destination to, Channel channel) => guard.Forbids(AsShipped(account), to, index.Of(to), channel);

    /// <summary>Sends, and returns when every carrier has answered or was given up. Null when no carrier serves the destination on the channel.</summary>
    public async Task<TryRun?> RunAsync(Sid account, Destination to, Channel channel, IReadOnlyCollection<string>? only, CancellationToken ct)
    {
        var chosen = carriers.Serving(account, channel, to, isTest: false).Where(carrier => only is null || only.Contains(carrier.Name)).ToList();
        if (chosen.Count == 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var name = Sid.NewOrdered("TR", now, random).ToString();
        var results = await Task.WhenAll(chosen.Select(carrier => SendAsync(carrier, account, to, channel, now)));
        foreach (var result in results)
        {
            await attempts.AddAsync(result, CancellationToken.None);
        }

        var run = new TryRun
        {
            AccountSid = account,
            Name = name,
            MaskedTo = to.ToString(),
            Channel = channel,
            Attempts = [.. results.Select(result => result.Sid)],
            CreatedAt = now,
        };
        await MakeRoomAsync(account, ct);
        await runs.PutAsync(account, name, _ => run, CancellationToken.None);
        return run;
    }

    /// <summary>A run's attempts as they are now, in the order of the carriers.</summary>
    public async Task<IReadOnlyList<AttemptRecord>> ResultsAsync(TryRun run, CancellationToken ct)
    {
        var results = new List<AttemptRecord>();
        foreach (var sid in run.Attempts)
        {
            if (await attempts.FindAsync(sid, ct) is { } attempt)
            {
                results.Add(attempt);
            }
        }

        return results;
    }

    async Task MakeRoomAsync(Sid account, CancellationToken ct)
    {
        var kept = runs.Of(account);
        for (var i = 0; i <= kept.Count - MaxKept; i++)
        {
            await runs.DeleteAsync(account, kept[i].Name, ct);
        }
    }

    async Task<AttemptRecord> SendAsync(LiveCarrier carrier, Sid account, Destination to, Channel channel, DateTimeOffset now)
    {
        var message = Compose(account, to, channel, now);
        var tries = new List<SendTry>();
        var refused = await ask.RunAsync(carrier, message, SendTimeout, "a test through every carrier", tries);
        return new AttemptRecord
        {
            Sid = message.AttemptSid,
            VerificationSid = message.VerificationSid,
            ServiceSid = NoService,
            AccountSid = account,
            Channel = channel,
            Status = refused is null ? AttemptStatus.Sent : AttemptStatus.Failed,
            Carrier = carrier.Name,
            CarrierMessageId = tries[0].CarrierMessageId,
            Error = refused?.Error,
            CarrierCode = refused?.CarrierCode,
            Locale = message.Message.Locale,
            Segments = message.Message.Segments.Segments,
            Tries = tries,
            CreatedAt = now,
            UpdatedAt = time.GetUtcNow(),
        };
    }

    /// <summary>Belongs to no verification: its SIDs are nobody's, so nothing follows from its receipts.</summary>
    OutgoingMessage Compose(Sid account, Destination to, Channel channel, DateTimeOffset now)
    {
        var code = OneTimeCodeOf(random);
        return new OutgoingMessage
        {
            AttemptSid = Sid.NewOrdered("VL", now, random),
            VerificationSid = Sid.NewOrdered("VE", now, random),
            AccountSid = account,
            To = to,
            Channel = channel,
            Code = code,
            FriendlyName = FriendlyName,
            ExpiresAt = now.AddMinutes(10),
            Voice = channel == Channel.Call ? VoiceScripts.ForNumber(to.Reveal(), FriendlyName, code) : null,
            Email = channel == Channel.Email ? EmailWriter.Write(new EmailRequest { FriendlyName = FriendlyName, Code = code, Lifetime = TimeSpan.FromMinutes(10) }) : null,
            Message = MessageWriter.Write(new MessageRequest { FriendlyName = FriendlyName, Brandless = SenderRules.For(to.Country).Brandless, Code = code, To = to }),
        };
    }

    /// <summary>The rules are asked for a service's message. A try belongs to none, so what the account says of all its services is what holds for it.</summary>
    static VerifyService AsShipped(Sid account) =>
        new() { Sid = NoService, AccountSid = account, FriendlyName = FriendlyName, CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch };

    static readonly Sid NoService = Sid.Parse("VA00000000000000000000000000000000", "VA");

    /// <summary>It opens nothing; it only looks like a code, as carriers' filters and templates expect.</summary>
    static OneTimeCode OneTimeCodeOf(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[6];
        random.Fill(bytes);
        return new OneTimeCode(string.Create(6, bytes.ToArray(), static (digits, source) =>
        {
            for (var i = 0; i < digits.Length; i++)
            {
                digits[i] = (char)('0' + source[i] % 10);
            }
        }));
    }
}

/// <summary>One test of carriers.</summary>
public sealed record TryRun : IRegistered
{
    public required Sid AccountSid { get; init; }

    /// <summary>TR and 32 hex digits.</summary>
    public required string Name { get; init; }

    /// <summary>The destination, masked: the plain one is not kept.</summary>
    public required string MaskedTo { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>One attempt per carrier, in the order of the carriers.</summary>
    public required IReadOnlyList<Sid> Attempts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
