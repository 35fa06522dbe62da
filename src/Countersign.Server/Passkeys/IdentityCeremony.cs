using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Factors.Passkeys;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Countersign.Server.Passkeys;

/// <summary>
/// WebAuthn as ASP.NET Core Identity has it. Its handler wants a user manager and a store of users: each ceremony gets one that holds just the person and the passkey that it is
/// about. Attestations are not asked for and not judged.
/// </summary>
sealed class IdentityCeremony(IServiceProvider services, ILoggerFactory loggers) : IPasskeyCeremony
{
    // The flag of authenticator data that says that the person was verified; the flags stand behind the hash of the relying party.
    const int FlagsAt = 32, UserVerifiedFlag = 0x04;

    public async Task<CeremonyOutcome> RegisterAsync(PasskeyConfig config, byte[] challenge, Sid entity, PasskeyAnswer answer)
    {
        var origins = new Origins(config);
        using var users = Users(new OnePerson(entity.ToString(), null));
        var result = await Handler(config, origins, users).PerformAttestationAsync(new PasskeyAttestationContext
        {
            HttpContext = new DefaultHttpContext(),
            CredentialJson = answer.Json,
            AttestationState = State(challenge, json =>
            {
                json.WriteStartObject("userEntity");
                json.WriteString("id", entity.ToString());
                json.WriteString("name", "");
                json.WriteString("displayName", "");
                json.WriteEndObject();
            }),
        });
        return result.Succeeded ? new CeremonyOutcome.Held(Read(result.Passkey)) : new CeremonyOutcome.Refused(Problem(result.Failure, origins, config, answer));
    }

    public async Task<CeremonyOutcome> AssertAsync(PasskeyConfig config, byte[] challenge, Sid entity, bool needsHandle, PasskeyCredential kept, PasskeyAnswer answer)
    {
        var origins = new Origins(config);
        using var users = Users(new OnePerson(entity.ToString(), Write(kept)));
        var result = await Handler(config, origins, users).PerformAssertionAsync(new PasskeyAssertionContext
        {
            HttpContext = new DefaultHttpContext(),
            CredentialJson = answer.Json,
            AssertionState = State(challenge, json => json.WriteString("userId", needsHandle ? null : entity.ToString())),
        });
        return result.Succeeded
            ? new CeremonyOutcome.Held(kept with { SignCount = result.Passkey.SignCount, BackedUp = result.Passkey.IsBackedUp })
            : new CeremonyOutcome.Refused(Problem(result.Failure, origins, config, answer));
    }

    static PasskeyHandler<OnePerson> Handler(PasskeyConfig config, Origins origins, UserManager<OnePerson> users) => new(users, Options.Create(new IdentityPasskeyOptions
    {
        ServerDomain = config.RelyingPartyId,
        UserVerificationRequirement = config.UserVerification,
        IsAllowedAlgorithm = static algorithm => PasskeyAlgorithms.All.Contains(algorithm),
        ValidateOrigin = origins.ValidateAsync,
    }));

    /// <summary>
    /// What the handler made with the options and wants back, in its own JSON. Where a version of it came to read another, no ceremony would hold: tests would fail, and nobody
    /// would be let in.
    /// </summary>
    static string State(byte[] challenge, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBase64String("challenge", challenge);
            write(json);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    static CeremonyProblem Problem(PasskeyException failure, Origins origins, PasskeyConfig config, PasskeyAnswer answer) =>
        origins.Refused ? CeremonyProblem.Origin
        : failure.Message.Contains("signature counter", StringComparison.Ordinal) ? CeremonyProblem.Counter
        : config.UserVerification == "required" && answer.AuthenticatorData is { Length: > FlagsAt } data && (data[FlagsAt] & UserVerifiedFlag) == 0 ? CeremonyProblem.NotUserVerified
        : CeremonyProblem.Invalid;

    static PasskeyCredential Read(UserPasskeyInfo passkey) => new()
    {
        Id = passkey.CredentialId,
        PublicKey = passkey.PublicKey,
        SignCount = passkey.SignCount,
        Transports = passkey.Transports ?? [],
        BackupEligible = passkey.IsBackupEligible,
        BackedUp = passkey.IsBackedUp,
        UserVerified = passkey.IsUserVerified,
    };

    static UserPasskeyInfo Write(PasskeyCredential kept) =>
        new(kept.Id, kept.PublicKey, default, kept.SignCount, [.. kept.Transports], kept.UserVerified, kept.BackupEligible, kept.BackedUp, [], []);

    UserManager<OnePerson> Users(OnePerson person) => new(
        new OnePersonStore(person), Options.Create(new IdentityOptions()), new PasswordHasher<OnePerson>(), [], [], new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(),
        services, loggers.CreateLogger<UserManager<OnePerson>>());

    /// <summary>Compares origins to the letter, and remembers what it said.</summary>
    sealed class Origins(PasskeyConfig config)
    {
        public bool Refused { get; private set; }

        public ValueTask<bool> ValidateAsync(PasskeyOriginValidationContext context)
        {
            // A frame in a page of somebody else could be laid under what a person believes to press.
            Refused = context.CrossOrigin || context.TopOrigin is not null || !config.Origins.Contains(context.Origin, StringComparer.Ordinal);
            return ValueTask.FromResult(!Refused);
        }
    }
}
