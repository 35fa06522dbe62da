using Countersign.Core.Accounts;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lines;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Insight;
using Countersign.Core.Lookups;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Privacy;
using Countersign.Core.Routing;
using Countersign.Core.Verifications;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Countersign.Core;

/// <summary>Puts the core's use cases together. The key ring, the stores and the carriers come from elsewhere.</summary>
public static class CoreRegistration
{
    public static IServiceCollection AddCountersignCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(RandomSource.System);
        services.TryAddSingleton<Sealer>();
        services.TryAddSingleton<DestinationIndex>();
        services.TryAddSingleton<SecretHasher>();
        services.TryAddSingleton<CodeVault>();
        services.TryAddSingleton<Authenticate>();
        services.TryAddSingleton<NumberLists>();
        services.TryAddSingleton<GeoStage>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, BlockListStage>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, GeoStage>(provider => provider.GetRequiredService<GeoStage>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, LineTypeStage>());
        services.TryAddSingleton<ILineSource, NumberingPlanSource>();
        services.TryAddSingleton<StartGuard>();
        services.TryAddSingleton(new AccountLimitOptions());
        services.TryAddSingleton(provider => new SlidingWindows(provider.GetRequiredService<AccountLimitOptions>().Windows));
        services.TryAddSingleton<KnownPlaces>();
        services.TryAddSingleton<SharedCounts>();
        services.TryAddSingleton<LimitKeys>();
        services.TryAddSingleton<FetchLimits>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, ConcurrentStarts>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, StartLimits>());
        services.TryAddSingleton(new FraudOptions());
        services.TryAddSingleton<FraudGuard>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, FraudGuard>(static provider => provider.GetRequiredService<FraudGuard>()));
        services.TryAddSingleton<ChallengeSeal>();
        services.TryAddSingleton<ChallengeLoad>();
        services.TryAddSingleton(new ChallengePasses());
        services.TryAddSingleton(new SpentChallenges());
        services.TryAddSingleton<ChallengeGate>();
        services.TryAddSingleton<IChallengeGate>(static provider => provider.GetRequiredService<ChallengeGate>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, ChallengeGate>(static provider => provider.GetRequiredService<ChallengeGate>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, PracticeChallenges>());
        services.TryAddSingleton(new RiskOptions());
        services.TryAddSingleton<IGeoSource, NoGeoSource>();
        services.TryAddSingleton<RiskStage>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IGuardStage, RiskStage>(static provider => provider.GetRequiredService<RiskStage>()));
        services.TryAddSingleton<CreateVerification>();
        services.TryAddSingleton<CheckVerification>();
        services.TryAddSingleton<UpdateVerification>();
        services.TryAddSingleton<FetchVerification>();
        services.TryAddSingleton<AdvanceVerification>();
        services.TryAddSingleton<WatchAlarms>();
        services.TryAddSingleton(new RetentionOptions());
        services.TryAddSingleton<RemoveOld>();
        services.TryAddSingleton<RouteLearning>();
        services.TryAddSingleton<CarrierHealth>();
        services.TryAddSingleton<RoutePlanner>();
        services.TryAddSingleton(new PublicRoot(null));
        services.TryAddSingleton<CarrierParts>();
        services.TryAddSingleton<CarrierDirectory>();
        services.TryAddSingleton<TemplateCatalog>();
        services.TryAddSingleton<SenderPools>();
        services.TryAddSingleton<ComposeMessage>();
        services.TryAddSingleton<DeliverMessage>();
        services.TryAddSingleton<Delivery.Errors.ErrorDictionary>();
        services.TryAddSingleton<DispatchMessages>();
        services.TryAddSingleton(provider =>
        {
            // What comes over a carrier's own connection (SMPP) goes the same way as what comes by a callback.
            var receive = ActivatorUtilities.CreateInstance<ReceiveReceipts>(provider);
            provider.GetRequiredService<CarrierParts>().SendReceiptsTo((account, carrier, receipts) => receive.RunAsync(account, carrier, receipts, CancellationToken.None));
            return receive;
        });
        services.TryAddSingleton<Delivery.Tries.TryCarriers>();
        services.TryAddSingleton<Factors.BackupCodes.CreateBackupCodes>();
        services.TryAddSingleton<Factors.BackupCodes.CheckBackupCode>();
        services.TryAddSingleton<Factors.BackupCodes.DeleteBackupCodes>();
        services.TryAddSingleton<Factors.Passkeys.CreatePasskeyFactor>();
        services.TryAddSingleton<Factors.Passkeys.VerifyPasskeyFactor>();
        services.TryAddSingleton<Factors.Passkeys.CreatePasskeyChallenge>();
        services.TryAddSingleton<Factors.Passkeys.ApprovePasskeyChallenge>();
        services.TryAddSingleton<Factors.EntityIndex>();
        services.TryAddSingleton<Factors.IPushSender, Factors.NoPushSender>();
        services.TryAddSingleton<Factors.IEntityEvents, Factors.NoEntityEvents>();
        services.TryAddSingleton<Factors.PushDispatch>();
        services.TryAddSingleton<Factors.CreateEntity>();
        services.TryAddSingleton<Factors.DeleteEntity>();
        services.TryAddSingleton<Factors.CreateFactor>();
        services.TryAddSingleton<Factors.UpdateFactor>();
        services.TryAddSingleton<Factors.DeleteFactor>();
        services.TryAddSingleton<Factors.CreateChallenge>();
        services.TryAddSingleton<Factors.AnswerChallenge>();
        services.TryAddSingleton<Factors.NotifyChallenge>();
        services.TryAddSingleton<Factors.AccessTokenSeal>();
        services.TryAddSingleton<Factors.CreateAccessToken>();
        services.TryAddSingleton<Factors.AuthenticateDevice>();
        return services;
    }
}
