using System.Reflection;
using Countersign.Core.Events;
using Countersign.Server.Tests.Running;
using Countersign.Server.Workers;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Webhooks;

public sealed class EventWorkerTests
{
    /// <summary>Also where nobody is subscribed: what is watched is let go, or the next who subscribes would be told of it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Old_events_go_though_looking_for_expired_codes_fails_each_time(bool isSubscribed)
    {
        await using var server = await RunningServer.StartAsync([]);
        if (isSubscribed)
        {
            (await server.Api.PostJsonAsync("/admin/v1/sinks", """{"url":"https://sink.example/","types":["com.twilio.accountsecurity.verify.message.sent"]}""")).AssertStatus(201);
        }

        Assert.Equal(isSubscribed, server.Services.GetRequiredService<Subscriptions>().Enabled.Count > 0);
        var store = DispatchProxy.Create<IEventStore, BrokenWatches>();
        var broken = (BrokenWatches)store;
        broken.Store = server.Services.GetRequiredService<IEventStore>();
        using var worker = ActivatorUtilities.CreateInstance<EventWorker>(server.Services, Over<DeliverEvents>(), Over<WatchExpiries>(), Over<TidyEvents>());

        await worker.StartAsync(CancellationToken.None);
        await broken.Looked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await broken.Tidied.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await worker.StopAsync(CancellationToken.None);

        T Over<T>() => ActivatorUtilities.CreateInstance<T>(server.Services, store);
    }

    /// <summary>The server's store, but that whoever looks for what is due fails.</summary>
    public class BrokenWatches : DispatchProxy
    {
        public IEventStore Store { get; set; } = null!;

        public TaskCompletionSource Looked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Tidied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case nameof(IEventStore.DueWatchesAsync):
                    Looked.TrySetResult();
                    throw new InvalidOperationException("Broken.");
                case nameof(IEventStore.RemoveOldAsync):
                    Tidied.TrySetResult();
                    break;
                case nameof(IEventStore.WaitAsync):
                    // The server's own worker waits there already, and one may.
                    return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, (CancellationToken)args![^1]!);
            }

            return targetMethod.Invoke(Store, args);
        }
    }
}
