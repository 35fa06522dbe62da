using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Privacy;

namespace Countersign.Storage.Entities;

/// <summary>
/// Seals what is personal or secret of entities, factors and challenges, which is nearly everything, and opens it again. A seal is bound to its entity and its row: moved to
/// another person's it does not open.
/// </summary>
sealed class EntityBodies(Sealer sealer)
{
    public byte[] Seal(EntityKey key, Entity entity) => Seal(key.Index, entity.Sid, StorageJson.Default.EntityDocument, new EntityDocument
    {
        Identity = entity.Identity.Reveal(),
        FactorsMade = Milliseconds(entity.FactorsMade),
        NewestChallengeAt = entity.NewestChallengeAt?.ToUnixTimeMilliseconds(),
    });

    public byte[] Seal(EntityKey key, Factor factor) => Seal(key.Index, factor.Sid, StorageJson.Default.FactorDocument, new FactorDocument
    {
        Identity = factor.Identity.Reveal(),
        FriendlyName = factor.FriendlyName,
        Metadata = factor.Metadata,
        Tries = factor.Tries,
        ChallengesMade = Milliseconds(factor.ChallengesMade),
        Totp = factor.Totp is not { } totp ? null : new TotpDocument
        {
            Secret = totp.Secret.Reveal(),
            Algorithm = (int)totp.Algorithm,
            CodeLength = totp.CodeLength,
            TimeStep = totp.TimeStep,
            Skew = totp.Skew,
            LastStep = totp.LastStep,
        },
        Push = factor.Push is not { } push ? null : new PushDocument
        {
            PublicKey = push.PublicKey,
            AppId = push.AppId,
            Platform = (int)push.Platform,
            Token = push.Token?.Reveal(),
            SdkVersion = push.SdkVersion,
            CredentialSid = push.CredentialSid.ToString(),
        },
        Document = factor.Document,
    });

    public byte[] Seal(EntityKey key, Challenge challenge) => Seal(key.Index, challenge.Sid, StorageJson.Default.ChallengeDocument, new ChallengeDocument
    {
        Identity = challenge.Identity.Reveal(),
        RespondedAt = challenge.RespondedAt?.ToUnixTimeMilliseconds(),
        Tries = challenge.Tries,
        Notifications = challenge.Notifications,
        Message = challenge.Details?.Message,
        Fields = challenge.Details?.Fields.SelectMany(static field => new[] { field.Label, field.Value }).ToList(),
        Date = challenge.Details?.Date?.ToUnixTimeMilliseconds(),
        HiddenDetails = challenge.HiddenDetails,
        Metadata = challenge.Metadata,
        Document = challenge.Document,
    });

    public byte[] Seal(AccessToken token) => Seal(token.ServiceSid.Value, token.Sid, StorageJson.Default.AccessTokenDocument, new AccessTokenDocument
    {
        Identity = token.Identity.Reveal(),
        FactorType = (int)token.FactorType,
        FactorFriendlyName = token.FactorFriendlyName,
        Seconds = (int)token.Lifetime.TotalSeconds,
    });

    public Entity Open(EntityRow row)
    {
        var document = Open(row.Index, row.Sid, StorageJson.Default.EntityDocument, row.Body);
        return new Entity
        {
            Sid = row.Sid,
            ServiceSid = row.ServiceSid,
            AccountSid = row.AccountSid,
            Identity = EntityIdentity.Restore(document.Identity),
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            FactorsMade = Moments(document.FactorsMade),
            NewestChallengeAt = Moment(document.NewestChallengeAt),
        };
    }

    public Factor Open(FactorRow row)
    {
        var document = Open(row.Index, row.Sid, StorageJson.Default.FactorDocument, row.Body);
        return new Factor
        {
            Sid = row.Sid,
            EntitySid = row.EntitySid,
            ServiceSid = row.ServiceSid,
            AccountSid = row.AccountSid,
            Identity = EntityIdentity.Restore(document.Identity),
            Type = row.Type,
            Status = row.Status,
            FriendlyName = document.FriendlyName,
            Metadata = document.Metadata,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            Tries = document.Tries,
            ChallengesMade = Moments(document.ChallengesMade),
            Totp = document.Totp is not { } totp ? null : new TotpBinding
            {
                Secret = new TotpSecret(totp.Secret),
                Algorithm = (TotpAlgorithm)totp.Algorithm,
                CodeLength = totp.CodeLength,
                TimeStep = totp.TimeStep,
                Skew = totp.Skew,
                LastStep = totp.LastStep,
            },
            Push = document.Push is not { } push ? null : new PushBinding
            {
                PublicKey = push.PublicKey,
                AppId = push.AppId,
                Platform = (PushPlatform)push.Platform,
                Token = push.Token is { } token ? new PushToken(token) : null,
                SdkVersion = push.SdkVersion,
                CredentialSid = Sid.Parse(push.CredentialSid, "CR"),
            },
            Document = document.Document,
            Credential = row.Credential,
        };
    }

    public Challenge Open(ChallengeRow row)
    {
        var document = Open(row.Index, row.Sid, StorageJson.Default.ChallengeDocument, row.Body);
        return new Challenge
        {
            Sid = row.Sid,
            EntitySid = row.EntitySid,
            FactorSid = row.FactorSid,
            ServiceSid = row.ServiceSid,
            AccountSid = row.AccountSid,
            Identity = EntityIdentity.Restore(document.Identity),
            FactorType = row.FactorType,
            Status = row.Status,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            RespondedAt = Moment(document.RespondedAt),
            ExpiresAt = row.ExpiresAt,
            Tries = document.Tries,
            Notifications = document.Notifications,
            Details = document.Message is not { } message ? null : new ChallengeDetails(
                message, [.. (document.Fields ?? []).Chunk(2).Select(static pair => new ChallengeField(pair[0], pair[1]))], Moment(document.Date)),
            HiddenDetails = document.HiddenDetails,
            Metadata = document.Metadata,
            Document = document.Document,
        };
    }

    public AccessToken Open(Sid service, Sid account, Sid sid, DateTimeOffset createdAt, byte[] body)
    {
        var document = Open(service.Value, sid, StorageJson.Default.AccessTokenDocument, body);
        return new AccessToken
        {
            Sid = sid,
            ServiceSid = service,
            AccountSid = account,
            Identity = EntityIdentity.Restore(document.Identity),
            FactorType = (FactorType)document.FactorType,
            FactorFriendlyName = document.FactorFriendlyName,
            Lifetime = TimeSpan.FromSeconds(document.Seconds),
            CreatedAt = createdAt,
        };
    }

    byte[] Seal<T>(UInt128 index, Sid sid, JsonTypeInfo<T> type, T document) => sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(document, type), Context(index, sid));

    T Open<T>(UInt128 index, Sid sid, JsonTypeInfo<T> type, byte[] body) => JsonSerializer.Deserialize(sealer.Open(body, Context(index, sid)), type)!;

    static byte[] Context(UInt128 index, Sid sid)
    {
        var context = new byte[34];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(context, index);
        sid.WriteTo(context.AsSpan(16));
        (context[32], context[33]) = ((byte)sid.Prefix[0], (byte)sid.Prefix[1]);
        return context;
    }

    static List<long>? Milliseconds(IReadOnlyList<DateTimeOffset> moments) => moments.Count == 0 ? null : [.. moments.Select(static moment => moment.ToUnixTimeMilliseconds())];

    static DateTimeOffset[] Moments(List<long>? milliseconds) => milliseconds is null ? [] : [.. milliseconds.Select(DateTimeOffset.FromUnixTimeMilliseconds)];

    static DateTimeOffset? Moment(long? milliseconds) => milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
