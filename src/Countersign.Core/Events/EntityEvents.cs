using Countersign.Core.Factors;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Events;

/// <summary>Tells webhooks what happened to factors and challenges.</summary>
public sealed partial class EntityEvents(IEventStore store, Subscriptions subscriptions, ILogger<EntityEvents> logger) : IEntityEvents
{
    public ValueTask RecordAsync(EntityEvent happened, CancellationToken ct)
    {
        var type = happened.Kind switch
        {
            EntityEventKind.FactorCreated => EventType.FactorCreated,
            EntityEventKind.FactorVerified => EventType.FactorVerified,
            EntityEventKind.FactorDeleted => EventType.FactorDeleted,
            EntityEventKind.ChallengeApproved => EventType.ChallengeApproved,
            _ => EventType.ChallengeDenied,
        };
        var factor = happened.Factor;
        if (factor.Type == FactorType.BackupCodes)
        {
            return ValueTask.CompletedTask; // No factor of Twilio's, and made and replaced without a word.
        }

        return subscriptions.Of(factor.ServiceSid, factor.AccountSid) is { } subscribers && subscriptions.For(subscribers, type, happened.At) is { Count: > 0 } receivers
            ? new ValueTask(KeepAsync(happened, type, receivers))
            : ValueTask.CompletedTask;
    }

    async Task KeepAsync(EntityEvent happened, EventType type, IReadOnlyList<EventReceiver> receivers)
    {
        var (factor, subject) = (happened.Factor, happened.Challenge?.Sid ?? happened.Factor.Sid);
        try
        {
            await store.AddAsync(EventEntry.For(receivers, factor.ServiceSid, type, subject, happened.At, DataOf(happened)), CancellationToken.None);
        }
        catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException)
        {
            // What happened is kept, and whoever did it has to be answered.
            LogNotKept(EventTypes.Names[type], subject, problem.Message);
        }
    }

    static byte[] DataOf(EntityEvent happened) => EventData.Write(json =>
    {
        var (factor, challenge) = (happened.Factor, happened.Challenge);
        json.WriteString("account_sid"u8, factor.AccountSid.ToString());
        json.WriteString("service_sid"u8, factor.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, factor.EntitySid.ToString());
        json.WriteString("entity_identity"u8, factor.Identity.Reveal());
        json.WriteString("factor_sid"u8, factor.Sid.ToString());
        json.WriteString("factor_type"u8, FactorTypes.NameOf(factor.Type));
        json.WriteString("factor_friendly_name"u8, factor.FriendlyName);
        json.WriteString("factor_metadata"u8, factor.Metadata);
        if (challenge is null)
        {
            return;
        }

        json.WriteString("challenge_sid"u8, challenge.Sid.ToString());
        if (challenge.Details is { } details)
        {
            json.WriteStartObject("challenge_details"u8);
            json.WriteString("message"u8, details.Message);
            json.WriteString("date"u8, details.Date is { } date ? EventData.Date(date) : null);
            json.WriteStartArray("fields"u8);
            foreach (var field in details.Fields)
            {
                json.WriteStartObject();
                json.WriteString("label"u8, field.Label);
                json.WriteString("value"u8, field.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteString("challenge_hidden_details"u8, challenge.HiddenDetails);
        json.WriteString("challenge_metadata"u8, challenge.Metadata);
        json.WriteString("challenge_expiration_date"u8, EventData.Date(challenge.ExpiresAt));
        json.WriteString("challenge_date_responded"u8, challenge.RespondedAt is { } responded ? EventData.Date(responded) : null);
    });

    [LoggerMessage(6110, LogLevel.Error, "{Type} of {Subject} is told to nobody: the store did not keep it ({Problem})")]
    partial void LogNotKept(string type, Sid subject, string problem);
}
