using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Tests.Privacy;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Entities, factors and challenges to put into a store.</summary>
static class EntityGiven
{
    static readonly EntityIndex Index = new(Rings.WithKeys(1));

    public static EntityIdentity Identity(int number) => EntityIdentity.Restore($"person-{number:D6}");

    public static EntityKey Key(int number, Sid? service = null) => Index.Of(service ?? Given.Service, Identity(number));

    public static Entity Entity(int number, DateTimeOffset at, Sid? service = null) => new()
    {
        Sid = Sid.NewOrdered("YE", at, Given.Random),
        ServiceSid = service ?? Given.Service,
        AccountSid = Given.Account,
        Identity = Identity(number),
        CreatedAt = at,
        UpdatedAt = at,
    };

    public static Factor Totp(Entity entity, DateTimeOffset at) => new()
    {
        Sid = Sid.NewOrdered("YF", at, Given.Random),
        EntitySid = entity.Sid,
        ServiceSid = entity.ServiceSid,
        AccountSid = entity.AccountSid,
        Identity = entity.Identity,
        Type = FactorType.Totp,
        FriendlyName = "Owl's phone",
        CreatedAt = at,
        UpdatedAt = at,
        Totp = new TotpBinding { Secret = new TotpSecret([.. Enumerable.Range(1, 20).Select(static number => (byte)number)]) },
    };

    public static Factor Push(Entity entity, DateTimeOffset at) => Totp(entity, at) with
    {
        Type = FactorType.Push,
        Status = FactorStatus.Verified,
        Metadata = """{"os":"Owl OS"}""",
        Tries = 3,
        ChallengesMade = [at, at.AddMilliseconds(1)],
        Totp = null,
        Push = new PushBinding
        {
            PublicKey = [1, 2, 3],
            AppId = "com.example.owl",
            Platform = PushPlatform.Fcm,
            Token = new PushToken(new string('t', 40)),
            SdkVersion = "3.0",
            CredentialSid = Sid.Parse("CR0123456789abcdef0123456789abcdef", "CR"),
        },
    };

    public static Factor Passkey(Entity entity, DateTimeOffset at, UInt128 credential) =>
        Totp(entity, at) with { Type = FactorType.Passkey, Totp = null, Document = """{"key":"…"}""", Credential = credential };

    /// <summary>A challenge of a factor with everything that one can have.</summary>
    public static Challenge Challenge(Factor factor, DateTimeOffset at) => new()
    {
        Sid = Sid.NewOrdered("YC", at, Given.Random),
        EntitySid = factor.EntitySid,
        FactorSid = factor.Sid,
        ServiceSid = factor.ServiceSid,
        AccountSid = factor.AccountSid,
        Identity = factor.Identity,
        FactorType = factor.Type,
        CreatedAt = at,
        UpdatedAt = at,
        ExpiresAt = at.AddMinutes(5),
        Tries = 2,
        Notifications = 1,
        Details = new ChallengeDetails("Sign in?", [new ChallengeField("City", "Zürich"), new ChallengeField("Amount", "€ 20")], at.AddSeconds(-1)),
        HiddenDetails = """{"ip":"192.0.2.7"}""",
        Metadata = """{"os":"Owl OS"}""",
        Document = "{}",
    };

    /// <summary>As text, for comparing: records with arrays in them are not equal by themselves.</summary>
    public static string Text(object value) => JsonSerializer.Serialize(value, Options);

    static readonly JsonSerializerOptions Options = new()
    {
        Converters = { new Plain<Sid>(sid => sid.ToString()), new Plain<EntityIdentity>(identity => identity.Reveal()),
        new Plain<TotpSecret>(secret => Convert.ToHexString(secret.Reveal())), new Plain<PushToken>(token => token.Reveal()), new Plain<UInt128>(value => value.ToString(null, null)) }
    };

    sealed class Plain<T>(Func<T, string> text) : System.Text.Json.Serialization.JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(text(value));
    }
}
