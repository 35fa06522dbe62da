using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Registry;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Templates, pools of senders, messaging configurations and rate limits come back as they were kept; what else a registry does is shown by that of carriers.</summary>
public abstract class MessagingRegistryConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid Template = Sid.Parse("HJ0123456789abcdef0123456789abcdef", "HJ");
    static readonly Sid Pool = Sid.Parse("MG0123456789abcdef0123456789abcdef", "MG");

    [Fact]
    public async Task A_template_comes_back_with_every_version_of_every_text()
    {
        var template = new StoredTemplate
        {
            Sid = Template,
            AccountSid = Given.Account,
            FriendlyName = "Überweisung \"neu\"",
            Channels = [Channel.Sms, Channel.Call],
            DefaultLocale = "en",
            Translations =
            [
                new StoredTranslation
                {
                    Locale = "en",
                    CreatedAt = Desk.Opening.AddTicks(1234567),
                    Versions =
                    [
                        new TextVersion(3, "old {{code}}", TextStatus.Retired, Desk.Opening, null, Desk.Opening.AddTicks(1)),
                        new TextVersion(4, "sent {{code}}", TextStatus.Approved, Desk.Opening, Desk.Opening.AddTicks(7)),
                        new TextVersion(5, "{{amount}} € 请输入 {{code}}", TextStatus.Draft, Desk.Opening.AddDays(1)),
                    ],
                },
                new StoredTranslation { Locale = "pt-BR", CreatedAt = Desk.Opening, Versions = [new TextVersion(1, "{{code}}", TextStatus.Draft, Desk.Opening)] },
            ],
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening.AddMilliseconds(5),
        };

        await ComesBackAsync(() => Store.Templates, template);
    }

    [Fact]
    public async Task A_pool_of_senders_comes_back_with_what_it_leaves_open_too()
    {
        var pool = new MessagingService { Sid = Pool, AccountSid = Given.Account, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };

        await ComesBackAsync(() => Store.MessagingServices, pool);
        await ComesBackAsync(() => Store.MessagingServices, pool with { Senders = ["Acme", "+14155550100"], Brandless = false, Carriers = ["acme"] });
    }

    [Fact]
    public async Task A_messaging_configuration_comes_back_for_a_country_and_for_all()
    {
        var configuration = new MessagingConfiguration
        {
            AccountSid = Given.Account,
            ServiceSid = Given.Service,
            Country = "CA",
            MessagingServiceSid = Pool,
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };

        await ComesBackAsync(() => Store.MessagingConfigurations, configuration);
        await ComesBackAsync(() => Store.MessagingConfigurations, configuration with { Country = MessagingConfiguration.Everywhere });
        Assert.Equal(2, Store.MessagingConfigurations.Of(Given.Account).Count);
    }

    [Fact]
    public async Task A_rate_limit_comes_back_with_its_buckets()
    {
        var limit = new RateLimit
        {
            Sid = Sid.Parse("RK0123456789abcdef0123456789abcdef", "RK"),
            AccountSid = Given.Account,
            ServiceSid = Given.Service,
            UniqueName = "end.user_ip-1",
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening.AddMilliseconds(5),
        };
        var bucket = new RateLimitBucket
        {
            Sid = Sid.Parse("BL0123456789abcdef0123456789abcdef", "BL"),
            Max = 3,
            IntervalSeconds = 60,
            CreatedAt = Desk.Opening.AddTicks(1234567),
            UpdatedAt = Desk.Opening.AddDays(1),
        };

        await ComesBackAsync(() => Store.RateLimits, limit);
        await ComesBackAsync(() => Store.RateLimits, limit with { Description = "Für \"alle\"", Buckets = [bucket, bucket with { IntervalSeconds = 86_400 }] });
    }

    [Fact]
    public async Task A_push_credential_comes_back_with_its_private_key()
    {
        var google = new PushCredential
        {
            Sid = Sid.Parse("CR0123456789abcdef0123456789abcdef", "CR"),
            AccountSid = Given.Account,
            PrivateKey = new PushPrivateKey("a key\nof two lines"),
            Fcm = new FcmAccount { ProjectId = "owl-1", ClientEmail = "push@owl-1.iam.example.com" },
            CreatedAt = Desk.Opening.AddMilliseconds(5),
        };
        var apple = google with
        {
            Sid = Sid.Parse("CR1123456789abcdef0123456789abcdef", "CR"),
            FriendlyName = "Für \"alle\"",
            Host = "https://push.example",
            Fcm = null,
            Apn = new ApnKey { KeyId = "OWLKEY0001", TeamId = "OWLTEAM001", BundleId = "com.example.owl", Sandbox = true },
        };

        foreach (var credential in new[] { google, google with { Fcm = google.Fcm with { KeyId = "0a", TokenUri = "https://token.example/" } }, apple })
        {
            await ComesBackAsync(() => Store.PushCredentials, credential);
            Assert.Equal("a key\nof two lines", Store.PushCredentials.Find(Given.Account, credential.Name)!.PrivateKey.Reveal());
        }
    }

    [Fact]
    public async Task Registries_do_not_see_one_anothers_entries()
    {
        await Store.MessagingServices.PutAsync(
            Given.Account, Pool.ToString(), _ => new MessagingService { Sid = Pool, AccountSid = Given.Account, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        await ReopenAsync();

        Assert.Empty(Store.Templates.All);
        Assert.Empty(Store.MessagingConfigurations.All);
        Assert.Empty(Store.RateLimits.All);
        Assert.Empty(Store.Carriers.All);
    }

    async Task ComesBackAsync<T>(Func<IRegistry<T>> registry, T entry)
        where T : class, IRegistered
    {
        await registry().PutAsync(entry.AccountSid, entry.Name, _ => entry, Ct);
        await ReopenAsync();

        Assert.Equal(JsonSerializer.Serialize(entry), JsonSerializer.Serialize(registry().Find(entry.AccountSid, entry.Name)));
    }
}
