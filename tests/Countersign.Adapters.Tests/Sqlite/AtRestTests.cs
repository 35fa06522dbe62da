using System.Buffers.Binary;
using System.Text;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>What a thief of the data directory, without its key ring, finds in it.</summary>
public sealed class AtRestTests : IAsyncDisposable
{
    const string Token = "d41d8cd98f00b204e9800998ecf8427e";
    const string KeySecret = "0cc175b9c0f1b6a831c399e269772661";
    const string CustomCode = "7193856204";
    const string TestCode = "6028471935";
    const string Payee = "Owl & Sons of Example Street";

    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task No_number_no_code_and_no_secret_lies_in_the_files()
    {
        var secrets = new HashSet<string> { Token, KeySecret, CustomCode, TestCode, Payee, "+14155550123", "4155550123", "447700900456", "7700900456" };
        using (var store = _home.OpenSqlite())
        {
            await UseAsync(store.Verifications, store.Outbox, store.Services, store.Accounts, secrets);
            AssertNowhere(secrets);
        }

        AssertNowhere(secrets);
    }

    [Fact]
    public async Task The_search_would_find_what_lies_open()
    {
        const string open = "A name that anyone may read";
        using (var store = _home.OpenSqlite())
            await store.Accounts.SaveAccountAsync(new Account { Sid = Given.Account, FriendlyName = open, AuthToken = new ApiSecret(Token), CreatedAt = Desk.Opening }, CancellationToken.None);

        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertNowhere([open]));
    }

    async Task UseAsync(IVerificationStore verifications, Core.Delivery.IOutbox outbox, IServiceStore services, IAccountStore accounts, HashSet<string> secrets)
    {
        var ct = CancellationToken.None;
        await accounts.SaveAccountAsync(new Account { Sid = Given.Account, FriendlyName = "A", AuthToken = new ApiSecret(Token), CreatedAt = Desk.Opening }, ct);
        var hash = new SecretHasher(Rings.WithKeys(1)).Hash(new ApiSecret(KeySecret));
        await accounts.CreateKeyAsync(
            new ApiKey { Sid = Sid.NewRandom("SK", Given.Random), AccountSid = Given.Account, FriendlyName = "K", SecretHash = hash, CreatedAt = Desk.Opening }, ct);

        var desk = new Desk(verifications, _home.Time);
        desk.Service = desk.Service with
        {
            CustomCodeEnabled = true,
            TestNumbers = new Dictionary<UInt128, TestNumber> { [desk.Index.Of(Desk.Bob)] = new(Desk.Bob, new OneTimeCode(TestCode)) },
        };
        await services.CreateAsync(desk.Service, ct);

        for (var round = 0; round < 20; round++)
        {
            var generated = await desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = "10 EUR", Payee = Payee });
            secrets.Add(desk.CodeOf(generated));
            secrets.Add(Desk.WrongFor(desk.CodeOf(generated)));
            await desk.CheckAsync(Desk.WrongFor(desk.CodeOf(generated)), Desk.Ann);
            await desk.CheckedAsync(desk.CodeOf(generated), Desk.Ann, amount: "10 EUR", payee: Payee);

            await desk.StartedAsync(Desk.Ann, CustomCode);
            await desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
            await desk.StartedAsync(Desk.Bob);
            await desk.CheckedAsync(TestCode, Desk.Bob);
            if (round % 2 == 0)
                await outbox.RecordAsync([.. (await outbox.ClaimAsync(100, ct)).Select(OutboxConformance.Sent)], ct);
            // A person's pace: of those who guess wrong more often in a day, not all is forgotten.
            _home.Time.Advance(TimeSpan.FromHours(2));
        }
    }

    void AssertNowhere(IEnumerable<string> secrets)
    {
        var files = Directory.GetFiles(_home.Directory).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToDictionary(file => file, ReadShared);
        Assert.Contains(files, file => file.Value.Length > 4096);

        foreach (var secret in secrets)
        {
            foreach (var form in FormsOf(secret))
                Assert.All(files, file => Assert.True(file.Value.AsSpan().IndexOf(form) < 0, $"{Path.GetFileName(file.Key)} holds {secret} as {Convert.ToHexString(form)}"));
        }
    }

    /// <summary>The text itself, in both UTF-16 orders, in hex, in Base64 from each of its three starts, and as a number in both byte orders.</summary>
    static IEnumerable<byte[]> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return bytes;
        yield return Encoding.Unicode.GetBytes(secret);
        yield return Encoding.BigEndianUnicode.GetBytes(secret);
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(bytes));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes));
        yield return [.. bytes.Reverse()];
        for (var start = 0; start < 3; start++)
        {
            // The first and the last group mix with what stands around: what lies between is the same wherever the text stands.
            var text = Convert.ToBase64String([.. new byte[start], .. bytes, 0, 0]);
            yield return Encoding.ASCII.GetBytes(text[4..^4].TrimEnd('='));
        }

        if (secret.Length == 32)
            yield return Convert.FromHexString(secret);
        if (ulong.TryParse(secret.TrimStart('+'), out var number) && number > uint.MaxValue)
        {
            var form = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(form, number);
            yield return form[..5];
            BinaryPrimitives.WriteUInt64BigEndian(form, number);
            yield return form[3..];
        }
    }

    static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        file.CopyTo(copy);
        return copy.ToArray();
    }
}
