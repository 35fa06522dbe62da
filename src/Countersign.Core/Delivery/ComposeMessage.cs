using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery;

/// <summary>Writes the message of an attempt: derives its code, chooses its words, and says what the channel needs.</summary>
public sealed class ComposeMessage(CodeVault codes, TemplateCatalog templates, SenderPools pools)
{
    /// <summary>The message, for whichever carrier; the sender is the carrier's matter (<see cref="From"/>).</summary>
    public OutgoingMessage Run(OutboxItem item, VerifyService service)
    {
        var verification = item.Verification;
        var details = verification.Details;
        var code = item.CustomCode ?? codes.Derive(verification.Code, Verification.BindingOf(details.Amount, details.Payee));
        var channel = item.Attempt.Channel;
        var to = FallbackPlan.DestinationOf(verification, channel);
        var name = details.CustomFriendlyName ?? service.FriendlyName;
        var pool = channel == Channel.Sms ? pools.For(verification.AccountSid, service.Sid, to.Country) : null;
        var template = templates.For(verification.AccountSid, channel, details.TemplateSid, service.DefaultTemplateSid);
        var translation = template is null ? null : TemplateCatalog.Translation(template, channel, details.Locale, to);
        var confirmsPayment = details.Amount is not null && details.Payee is not null;

        // The send was promised: a template that changed meanwhile so that it cannot be filled gives way to the built-in words.
        if (translation is not null && (translation.MissingFrom(details.Substitutions, confirmsPayment).Count > 0 || (confirmsPayment && !translation.NamesPayment)))
        {
            (template, translation) = (null, null);
        }

        var request = new MessageRequest
        {
            FriendlyName = name,

            // A country's rule is for our own words; what an operator approved is sent as it was approved.
            Brandless = channel == Channel.Sms && translation is null && (pool?.Brandless ?? SenderRules.For(to.Country).Brandless),
            Code = code,
            To = to,
            Locale = translation?.Locale ?? details.Locale,
            DoNotShare = service.DoNotShareWarningEnabled,
            AppHash = details.AppHash,
            WebOtpHost = service.WebOtpHost,
            Amount = details.Amount,
            Payee = details.Payee,
            Template = template,
            Substitutions = details.Substitutions,
        };
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
            Voice = channel == Channel.Call ? Spoken(request, translation) : null,
            Email = channel == Channel.Email ? Mail(details, service, name, code) : null,
            Message = MessageWriter.Write(request),
            Pool = pool,
        };
    }

    /// <summary>The message as a carrier sends it: with its sender, out of the service's pool for the country and then out of those that the carrier has.</summary>
    public static OutgoingMessage From(OutgoingMessage message, CarrierDefinition? carrier)
    {
        if (carrier is null)
        {
            return message;
        }

        IReadOnlyList<string> senders = message.Pool is { } pool && pool.IsFor(carrier.Name) ? [.. pool.Senders, .. carrier.Senders] : carrier.Senders;
        return senders.Count == 0 ? message : message with { Sender = SenderOf(message, senders) };
    }

    /// <summary>What a country lets stand on a text says nothing of who may call there; and nobody can be called by a name.</summary>
    static string? SenderOf(OutgoingMessage message, IReadOnlyList<string> senders) => message.Channel switch
    {
        Channel.Sms => SenderRules.Choose(message.To.Country, senders).Sender,
        Channel.Call => senders.FirstOrDefault(static sender => SenderFormat.TryParse(sender, out var kind) && kind == SenderKind.Number),
        _ => senders[0],
    };

    /// <summary>A language that was asked for and cannot be spoken was refused at the edge; one that a fallback meets gives way to the country's.</summary>
    static VoiceScript Spoken(MessageRequest request, TemplateTranslation? translation)
    {
        if (request.Locale is not { } locale || !VoiceScripts.TryFor(locale, request.FriendlyName, request.Code, out var script))
        {
            return VoiceScripts.ForNumber(request.To.Reveal(), request.FriendlyName, request.Code);
        }

        return translation is null ? script : SpokenTemplate.Write(script, translation, request);
    }

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
