using System.Text;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>What a thief of the data directory, without its key ring, finds of people and their factors.</summary>
public sealed class EntitiesAtRestTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task No_identity_no_name_and_no_secret_lies_in_the_files()
    {
        var entity = EntityGiven.Entity(7, Desk.Opening);
        var (totp, push) = (EntityGiven.Totp(entity, Desk.Opening), EntityGiven.Push(entity, Desk.Opening) with { FriendlyName = "Ann's telephone", Metadata = """{"os":"Owl OS 7"}""" });
        var challenge = EntityGiven.Challenge(push, Desk.Opening);
        var token = new AccessToken
        {
            Sid = Sid.NewOrdered("YK", Desk.Opening, Given.Random),
            ServiceSid = Given.Service,
            AccountSid = Given.Account,
            Identity = entity.Identity,
            FactorType = FactorType.Push,
            FactorFriendlyName = "Ann's tablet",
            Lifetime = TimeSpan.FromMinutes(1),
            CreatedAt = Desk.Opening,
        };
        using (var store = _home.OpenSqlite())
        {
            await store.Entities.ChangeAsync(EntityGiven.Key(7), default, _ => new EntityChange<int>(0) { Entity = entity, Factor = totp, Challenge = challenge }, CancellationToken.None);
            await store.Entities.ChangeAsync(EntityGiven.Key(7), default, _ => new EntityChange<int>(0) { Factor = push }, CancellationToken.None);
            await store.Entities.AddTokenAsync(token, CancellationToken.None);
        }

        var secret = totp.Totp!.Secret.Reveal();
        string[] wanted =
        [
            entity.Identity.Reveal(), "Owl's phone", "Ann's telephone", "Ann's tablet", "Owl OS", push.Push!.Token!.Reveal(), "com.example.owl", "Sign in?", "192.0.2.7", "Amount",
            Encoding.Latin1.GetString(secret), Convert.ToBase64String(secret), TotpCodes.Base32Of(totp.Totp.Secret),
        ];
        foreach (var file in Directory.EnumerateFiles(_home.Directory, "countersign.db*"))
        {
            var content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.All(wanted, text => Assert.DoesNotContain(text, content, StringComparison.Ordinal));

            // The search finds what lies open.
            Assert.True(!file.EndsWith(".db", StringComparison.Ordinal) || content.Contains("entity_by_service", StringComparison.Ordinal));
        }
    }
}
