using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery;

/// <summary>Writes the message of an attempt: derives its code, chooses its words, and says what the channel needs.</summary>
public sealed class ComposeMessage(CodeVault codes)
{
    /// <summary>The message, for whichever carrier; the sender is the carrier's matter (<see cref="From"/>).</summary>
    public OutgoingMessage Run(OutboxItem item, VerifyService service)
    {
        var verification = item.Verification;
        var details = verification.Details;
        var code = item.CustomCode ?? codes.Derive(verification.Code, Verification.BindingOf(details.Amount, details.Payee));
        var channel = item.Attempt.Channel;
        var to = FallbackPlan.OtherDestination(verification, channel) is { } other ? Destination.Restore(other) : verification.To;
        var name = details.CustomFriendlyName ?? service.FriendlyName;
        return new OutgoingMessage
        {
            AttemptSid = item.Attempt.Sid,
            VerificationSid = verification.Sid,
            AccountSid = verification.AccountSid,
            To = to,
            Channel = channel,
            Code = code,
            FriendlyName = name,
            ExpiresAt = verification.ExpiresAt,
            DtmfInputRequired = channel == Channel.Call && service.DtmfInputRequired,
            SendDigits = details.SendDigits,
            Voice = channel == Channel.Call ? Spoken(details.Locale, to, name, code) : null,
            Email = channel == Channel.Email ? Mail(details, service, name, code) : null,
            Message = MessageWriter.Write(new MessageRequest
            {
                FriendlyName = name,
                Brandless = channel == Channel.Sms && SenderRules.For(to.Country).Brandless,
                Code = code,
                To = to,
                Locale = details.Locale,
                DoNotShare = service.DoNotShareWarningEnabled,
                AppHash = details.AppHash,
                WebOtpHost = service.WebOtpHost,
                Amount = details.Amount,
                Payee = details.Payee,
                Substitutions = details.Substitutions,
            }),
        };
    }

    /// <summary>The message as a carrier sends it: with the sender that the country allows out of those that the carrier has.</summary>
    public static OutgoingMessage From(OutgoingMessage message, CarrierDefinition? carrier) =>
        carrier is null || carrier.Senders.Count == 0 ? message : message with { Sender = SenderRules.Choose(message.To.Country, carrier.Senders).Sender };

    /// <summary>A language that was asked for and cannot be spoken was refused at the edge; one that a fallback meets gives way to the country's.</summary>
    static VoiceScript Spoken(string? locale, Destination to, string name, OneTimeCode code) =>
        locale is not null && VoiceScripts.TryFor(locale, name, code, out var script) ? script : VoiceScripts.ForNumber(to.Reveal(), name, code);

    static EmailContent Mail(VerificationDetails details, VerifyService service, string name, OneTimeCode code) => EmailWriter.Write(new EmailRequest
    {
        FriendlyName = name,
        Code = code,
        Locale = details.Locale,
        Lifetime = service.CodeLifetime,
        DoNotShare = service.DoNotShareWarningEnabled,
        Amount = details.Amount,
        Payee = details.Payee,
    });
}
